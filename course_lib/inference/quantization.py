"""Weights as small whole numbers and a scale: 8 or 4 bits for each number where there were 32.

Rows of a weight (out, in) are cut into groups of `group_size` numbers, and each group has a scale of its own. With
group_size = in there is one scale for each row, that is, for each output channel.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int8, UInt8
from torch import Tensor

BITS = (4, 8)


class Quantized(NamedTuple):
    """weight ≈ (numbers − zero) · scale, group by group.

    numbers: (out, in), each in −2^(bits−1) … 2^(bits−1) − 1.   scale, zero: (out, groups); a zero of 0 everywhere makes
    the code symmetric.
    """

    numbers: Int8[Tensor, "out in"]
    scale: Float[Tensor, "out groups"]
    zero: Float[Tensor, "out groups"]


def quantize(weight: Float[Tensor, "out in"], bits: int = 8, group_size: int | None = None) -> Quantized:
    """Symmetric: scale = max|w| / (2^(bits−1) − 1), number = round(w / scale)  (Jacob et al. 2018).

    No weight is further than scale / 2 from what it becomes. A weight of 0 stays exactly 0, and a group of zeros too.
    Raises ValueError if bits is neither 4 nor 8, or the rows do not split into such groups.
    """
    groups = _grouped(weight, bits, group_size)  # (out, groups, group_size)
    largest = 2 ** (bits - 1) - 1  # 127 or 7: as many steps below zero as above it
    scale = groups.abs().amax(dim=-1) / largest  # (out, groups)
    numbers = torch.round(groups / _no_zero(scale)[..., None])  # in −largest … largest
    return Quantized(numbers.to(torch.int8).flatten(1), scale, torch.zeros_like(scale))


def quantize_affine(weight: Float[Tensor, "out in"], bits: int = 8, group_size: int | None = None) -> Quantized:
    """With a zero point: the smallest weight of a group becomes the smallest number, the largest the largest.

    scale = (max − min) / (2^bits − 1). The range always holds 0, so that a weight of 0 stays exactly 0. It uses all
    numbers where the weights of a group lie to one side. Raises ValueError as `quantize` does.
    """
    groups = _grouped(weight, bits, group_size)  # (out, groups, group_size)
    smallest, largest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    low, high = groups.amin(dim=-1).clamp(max=0), groups.amax(dim=-1).clamp(min=0)  # (out, groups)
    scale = (high - low) / (largest - smallest)
    zero = torch.round(smallest - low / _no_zero(scale))  # the number that stands for a weight of 0
    numbers = torch.round(groups / _no_zero(scale)[..., None]) + zero[..., None]
    return Quantized(numbers.clamp(smallest, largest).to(torch.int8).flatten(1), scale, zero)


def dequantize(quantized: Quantized) -> Float[Tensor, "out in"]:
    """(numbers − zero) · scale: what the model computes with."""
    numbers, scale, zero = quantized
    out, groups = scale.shape
    parts = numbers.view(out, groups, -1).to(scale.dtype)  # (out, groups, group_size)
    return ((parts - zero[..., None]) * scale[..., None]).flatten(1)


def pack_nibbles(numbers: Int8[Tensor, "out in"]) -> UInt8[Tensor, "out half"]:
    """Two numbers of 4 bits in each byte: the first of a pair in the lower half.

    Raises ValueError if `in` is odd or a number is outside −8 … 7.
    """
    if numbers.shape[-1] % 2 != 0:
        raise ValueError(f"numbers are packed in pairs, got rows of {numbers.shape[-1]}")
    if numbers.numel() and not -8 <= int(numbers.min()) <= int(numbers.max()) <= 7:
        raise ValueError(f"4 bits hold −8 … 7, got {int(numbers.min())} … {int(numbers.max())}")
    low, high = (numbers[:, half::2].to(torch.int16) & 15 for half in (0, 1))  # each (out, in / 2)
    return (low | high << 4).to(torch.uint8)


def unpack_nibbles(packed: UInt8[Tensor, "out half"]) -> Int8[Tensor, "out in"]:
    """The numbers of `pack_nibbles`, in their order."""
    halves = torch.stack([packed & 15, packed >> 4], dim=-1).to(torch.int8)  # (out, in / 2, 2), 0 … 15
    return torch.where(halves > 7, halves - 16, halves).flatten(1)  # 8 … 15 stand for −8 … −1


def _grouped(weight: Tensor, bits: int, group_size: int | None) -> Tensor:
    if bits not in BITS:
        raise ValueError(f"bits must be 4 or 8, got {bits}")
    out, width = weight.shape
    size = width if group_size is None else group_size
    if size < 1 or width % size != 0:
        raise ValueError(f"rows of {width} numbers do not split into groups of group_size = {size}")
    # In float32 at least: in bfloat16 the largest number may be rounded to 128, which 8 bits do not hold.
    wide = weight.to(torch.promote_types(weight.dtype, torch.float32))
    return wide.view(out, width // size, size)


def _no_zero(scale: Tensor) -> Tensor:
    """The scale to divide by; 1 for a group of zeros, whose numbers are then 0."""
    return torch.where(scale == 0, torch.ones_like(scale), scale)
