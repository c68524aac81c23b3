"""Numbers put where they do not belong: mistakes that several exercises on heads share."""

import torch
from torch import Tensor

from course_lib.multi_head_attention import split_heads


def draw(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def view_straight(x: Tensor, n_head: int) -> Tensor:
    """(B, H, T, D) by `view` alone: right in its shape, tokens and channels mixed."""
    B, T, C = x.shape
    return x.reshape(B, n_head, T, C // n_head)


def heads_left_behind(x: Tensor, n_head: int) -> Tensor:
    """(B, T, H, D): cut, but the heads do not stand beside the batch."""
    return split_heads(x, n_head).transpose(1, 2)


def reshape_straight(x: Tensor) -> Tensor:
    """(B, T, H·D) without transposing back."""
    B, H, T, D = x.shape
    return x.reshape(B, T, H * D)


def chunk_then_split(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """q, k, v of (B, H, T, D) from (B, T, 3C): the three parts first, then each into heads."""
    return tuple(split_heads(part, n_head) for part in qkv.chunk(3, dim=-1))


def cut_along_batch(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """`chunk(3)` without a dimension: thirds of the batch, each (B/3, 3, T, H, D)."""
    B, T, C3 = qkv.shape
    q, k, v = qkv.reshape(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 2).chunk(3)
    return q, k, v


def parts_inside_heads(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The rows taken as H times (q, k, v of width D), not as q, k, v of H heads each."""
    B, T, C3 = qkv.shape
    return qkv.reshape(B, T, n_head, C3 // n_head).transpose(1, 2).chunk(3, dim=-1)
