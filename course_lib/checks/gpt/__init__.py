"""The exercises of lesson 07: right answers, and the mistakes that are really made when a GPT is put together."""

from importlib import import_module

NAMES = (
    "embed",
    "TinyGPT",
    "language_model_loss",
    "greedy_generate",
    "predict_two_sizes",
    "ModelConfig",
)

# Loaded here as long as the catalogue asks a topic for its exercises, not for their names.
EXERCISES = tuple(import_module(f"{__name__}.{name}").EXERCISE for name in NAMES)
