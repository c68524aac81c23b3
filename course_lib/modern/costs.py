"""What a decoder costs, from its configuration alone: parameters in all and for a token, and bytes of its cache."""

import torch

from course_lib.config import LlamaConfig, ModernConfig
from course_lib.llama import Llama
from course_lib.modern.model import ModernDecoder
from course_lib.show.profiling import num_params


def total_parameters(config: LlamaConfig) -> int:
    """Parameters in memory. Nothing is allocated."""
    with torch.device("meta"):
        return num_params(ModernDecoder(config) if isinstance(config, ModernConfig) else Llama(config))


def active_parameters(config: LlamaConfig) -> int:
    """Parameters that a token is computed with: of the experts, its n_active alone."""
    unused = config.n_expert - config.n_active if isinstance(config, ModernConfig) else 0
    one_expert = 3 * config.n_embd * config.hidden_dim  # gate, up and down
    return total_parameters(config) - config.n_layer * unused * one_expert


def cache_bytes(config: LlamaConfig, tokens: int, *, bytes_per_number: int = 2) -> int:
    """Bytes that a text of so many tokens takes: keys and values, in a local layer of its window, or latents c and r.

    bytes_per_number: 2 for bfloat16, 4 for float32.
    """
    per_token = 2 * config.n_kv_head * config.head_dim  # a key and a value a head
    if not isinstance(config, ModernConfig):
        return config.n_layer * tokens * per_token * bytes_per_number
    if config.latent_dim is not None:
        per_token = config.latent_dim + config.rope_dim
    kept = [tokens if kind == "global" else min(tokens, config.window) for kind in config.attention_layers]
    return sum(kept) * per_token * bytes_per_number
