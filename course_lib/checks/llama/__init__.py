"""The exercises of lesson 10: right answers, and the mistakes that are really made on the way from GPT to Llama."""

from importlib import import_module

NAMES = (
    "rms_norm",
    "rotate",
    "rotation_table",
    "stretch_frequencies",
    "share_heads",
    "GatedMLP",
    "Cache",
    "attend_after",
)

# Loaded here as long as the catalogue asks a topic for its exercises, not for their names.
EXERCISES = tuple(import_module(f"{__name__}.{name}").EXERCISE for name in NAMES)
