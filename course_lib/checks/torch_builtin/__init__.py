"""The exercises of lesson 09: right answers, and the mistakes that torch's defaults and a clock lead into."""

from importlib import import_module

NAMES = (
    "predict_layer_sizes",
    "BuiltinGPT",
    "torch_name",
    "mask_for",
    "CausalStack",
    "fair_seconds",
    "compare_rounds",
)

# Loaded here as long as the catalogue asks a topic for its exercises, not for their names.
EXERCISES = tuple(import_module(f"{__name__}.{name}").EXERCISE for name in NAMES)
