"""Llama: rotary positions, RMSNorm, grouped heads and SwiGLU, the model they make, and the steps to it from GPT."""

from course_lib.kv_cache import KVCache
from course_lib.llama.grouped_heads import GroupedQueryAttention, repeat_kv
from course_lib.llama.model import Llama, LlamaBlock
from course_lib.llama.norm import RMSNorm
from course_lib.llama.rope import (
    apply_rope,
    apply_rope_interleaved,
    half_split_to_interleaved,
    interleaved_to_half_split,
    precompute_rope,
    rope_frequencies,
    scale_frequencies,
)
from course_lib.llama.swiglu import SwiGLU

__all__ = [
    "GroupedQueryAttention",
    "KVCache",
    "Llama",
    "LlamaBlock",
    "RMSNorm",
    "SwiGLU",
    "apply_rope",
    "apply_rope_interleaved",
    "half_split_to_interleaved",
    "interleaved_to_half_split",
    "precompute_rope",
    "repeat_kv",
    "rope_frequencies",
    "scale_frequencies",
]
