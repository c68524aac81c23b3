"""`scaled_dot_product_attention` with one of its parts replaced."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.masking import mask_after


def draw(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def swap(x: Tensor) -> Tensor:
    """The last two dimensions exchanged."""
    return x.transpose(-2, -1)


def attention_with(
    *,
    scores: Callable[[Tensor, Tensor], Tensor] = lambda q, k: q @ swap(k),
    scale: Callable[[Tensor, Tensor], float] = lambda q, k: math.sqrt(q.shape[-1]),
    allowed: Callable[[Tensor], Bool[Tensor, "T T"]] = lambda q: attention.causal_mask(q.shape[-2]),
    fill: float = -math.inf,
    dim: int = -1,
    masks: Callable[[bool], bool] = lambda causal: causal,
    shares: Callable[[Tensor], Tensor] = lambda weights: weights,
    average: Callable[[Tensor, Tensor], Tensor] = lambda weights, v: weights @ v,
) -> Callable[..., Tensor]:
    """The reference in one piece, with one of its parts replaced."""

    def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
        table = scores(q, k) / scale(q, k)
        if masks(causal):
            table = table.masked_fill(~allowed(q), fill)
        return average(shares(torch.softmax(table, dim=dim)), v)

    return scaled_dot_product_attention


def attention_masked_after(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
    """Attention with the mask applied to the weights rather than to the scores."""
    scores = q @ swap(k) / math.sqrt(q.shape[-1])
    return (mask_after(scores) if causal else torch.softmax(scores, dim=-1)) @ v


def attention_with_product_of_infinity(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
    """0 where allowed and 1 elsewhere, times −inf: 0 · −inf is nan."""
    scores = q @ swap(k) / math.sqrt(q.shape[-1])
    future = (~attention.causal_mask(q.shape[-2])).to(scores.dtype)
    return torch.softmax(scores + future * -math.inf if causal else scores, dim=-1) @ v


def attention_for(*dims: str, error: type[Exception] = ValueError) -> Callable[..., Tensor]:
    """Attention that unpacks the shape of q into these dimensions, and no others."""

    def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
        if q.dim() != len(dims):
            many = "too many values" if q.dim() > len(dims) else "not enough values"
            got = "" if q.dim() > len(dims) else f", got {q.dim()}"
            raise error(f"{many} to unpack (expected {len(dims)}{got})")
        return attention.scaled_dot_product_attention(q, k, v, causal=causal)

    return scaled_dot_product_attention


def reverse_all_dimensions(x: Tensor) -> Tensor:
    """What .T does, the batch included."""
    return x.permute(*range(x.dim() - 1, -1, -1))
