"""The exercises of lesson 08: right answers, and the mistakes that are really made with initial weights."""

from importlib import import_module

NAMES = (
    "initial_distribution",
    "predict_residual_std",
    "stream_deviation",
    "depth_exponent",
    "predict_logit_deviation",
    "TiedModel",
)

# Loaded here as long as the catalogue asks a topic for its exercises, not for their names.
EXERCISES = tuple(import_module(f"{__name__}.{name}").EXERCISE for name in NAMES)
