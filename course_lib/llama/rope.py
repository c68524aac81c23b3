"""Rotary positions: queries and keys turned by angles that grow with the position, in both of the pairings in use."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.config import RopeScaling


def rope_frequencies(head_dim: int, theta: float, device: torch.device | str | None = None) -> Float[Tensor, " half"]:
    """Angle per position of each pair, θ^(−2i/D) radians: 1 down to nearly 1/θ  (Su et al. 2021, section 3.2.2)."""
    # Always float32, and 1/θ^(2i/D) rather than θ^(−2i/D): positions up to 131,072 multiply each rounding error, and so
    # the angles are to the last bit those that released checkpoints were trained with.
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device) / head_dim  # 2i/D
    return 1.0 / theta**exponents


def scale_frequencies(frequencies: Float[Tensor, " half"], scaling: RopeScaling) -> Float[Tensor, " half"]:
    """Slow the long waves down by `scaling.factor`, keep the short ones  (Llama 3.1; see RopeScaling)."""
    wavelength = 2 * math.pi / frequencies  # tokens a turn
    turns = scaling.original_seq_len / wavelength  # in the original context
    kept = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor)
    kept = kept.clamp(0, 1)  # 0: a long wave, divided by the factor; 1: a short one, kept
    return kept * frequencies + (1 - kept) * frequencies / scaling.factor


def precompute_rope(
    head_dim: int, seq_len: int, theta: float = 500_000.0, scaling: RopeScaling | None = None
) -> tuple[Float[Tensor, "T half"], Float[Tensor, "T half"]]:
    """Cosine and sine of every position's angles, for `apply_rope`. Raises ValueError if head_dim is odd."""
    if head_dim % 2 != 0:
        raise ValueError(f"RoPE rotates pairs of numbers, so head_dim must be even, got {head_dim}")
    frequencies = rope_frequencies(head_dim, theta)
    if scaling is not None:
        frequencies = scale_frequencies(frequencies, scaling)
    return rope_table(torch.arange(seq_len), frequencies)


def rope_table(positions: Int[Tensor, "*batch T"], frequencies: Float[Tensor, " half"]) -> tuple[Tensor, Tensor]:
    """Cosine and sine of each position's angles, (..., T, D/2) both."""
    angles = positions[..., None].to(frequencies.dtype) * frequencies  # (..., T, D/2)
    return angles.cos(), angles.sin()


def apply_rope(
    x: Float[Tensor, "*batch T D"], cos: Float[Tensor, "*#batch T half"], sin: Float[Tensor, "*#batch T half"]
) -> Float[Tensor, "*batch T D"]:
    """Rotate the pairs (x_i, x_{i + D/2}) of each position by its angles: Hugging Face's half-split pairing."""
    first, second = x.chunk(2, dim=-1)  # each (..., T, D/2)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def apply_rope_interleaved(
    x: Float[Tensor, "*batch T D"], cos: Float[Tensor, "*#batch T half"], sin: Float[Tensor, "*#batch T half"]
) -> Float[Tensor, "*batch T D"]:
    """Rotate the pairs (x_{2i}, x_{2i+1}): the pairing of the paper and of Meta's released checkpoints."""
    even, odd = x[..., 0::2], x[..., 1::2]  # each (..., T, D/2)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.stack([even * cos - odd * sin, odd * cos + even * sin], dim=-1).flatten(-2)


def interleaved_to_half_split(weight: Float[Tensor, "out C"], n_head: int) -> Float[Tensor, "out C"]:
    """Reorder the rows of a query or key projection from interleaved pairs to half-split ones.

    Scores are dot products, so the order within a head does not matter as long as queries and keys share it.
    n_head: heads in `weight`; for keys that is n_kv_head.
    """
    out, C = weight.shape
    return weight.view(n_head, out // n_head // 2, 2, C).transpose(1, 2).reshape(out, C)


def half_split_to_interleaved(weight: Float[Tensor, "out C"], n_head: int) -> Float[Tensor, "out C"]:
    """The way back: the inverse of `interleaved_to_half_split`."""
    out, C = weight.shape
    return weight.view(n_head, 2, out // n_head // 2, C).transpose(1, 2).reshape(out, C)
