"""Configurations, frozen dataclasses that check themselves, and the table of presets known by name."""

from course_lib.config.decoder import ModernConfig
from course_lib.config.models import (
    AttentionKind,
    GPTConfig,
    GPTNeoConfig,
    LlamaConfig,
    ModelConfig,
    RopeScaling,
    check_length,
)
from course_lib.config.presets import (
    DEFAULT_PRESET,
    HUB_NAMES,
    PRESET_TABLE,
    PRESETS,
    SHIPPED,
    Preset,
    find_preset,
)
from course_lib.config.training import PRECISIONS, Precision, TrainConfig

__all__ = [
    "DEFAULT_PRESET",
    "HUB_NAMES",
    "PRECISIONS",
    "PRESETS",
    "PRESET_TABLE",
    "SHIPPED",
    "AttentionKind",
    "GPTConfig",
    "GPTNeoConfig",
    "LlamaConfig",
    "ModelConfig",
    "ModernConfig",
    "Precision",
    "Preset",
    "RopeScaling",
    "TrainConfig",
    "check_length",
    "find_preset",
]
