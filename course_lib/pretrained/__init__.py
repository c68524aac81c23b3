"""Released weights in our own classes: GPT-2, GPT-Neo (TinyStories), Llama 3 and later, from a folder or the hub."""

from course_lib.config import HUB_NAMES
from course_lib.pretrained.architectures import ARCHITECTURES, Architecture, Row, name_map
from course_lib.pretrained.configs import to_config
from course_lib.pretrained.loading import end_tokens, load, read_config
from course_lib.pretrained.models import build
from course_lib.pretrained.presets import PresetRow, presets_table
from course_lib.pretrained.tokenizer import load_tokenizer
from course_lib.pretrained.weights import TensorInfo, read_header

__all__ = [
    "ARCHITECTURES",
    "HUB_NAMES",
    "Architecture",
    "PresetRow",
    "Row",
    "TensorInfo",
    "build",
    "end_tokens",
    "load",
    "load_tokenizer",
    "name_map",
    "presets_table",
    "read_config",
    "read_header",
    "to_config",
]
