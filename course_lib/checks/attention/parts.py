"""`scaled_dot_product_attention` with one of its parts replaced."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.masking import mask_after


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
    always: bool = False,
) -> Callable[..., Tensor]:
    """The reference in one piece, with one of its parts replaced."""

    def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
        table = scores(q, k) / scale(q, k)
        if causal or always:
            table = table.masked_fill(~allowed(q), fill)
        return torch.softmax(table, dim=dim) @ v

    return scaled_dot_product_attention


def attention_masked_after(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
    """Attention with the mask applied to the weights rather than to the scores."""
    scores = q @ swap(k) / math.sqrt(q.shape[-1])
    return (mask_after(scores) if causal else torch.softmax(scores, dim=-1)) @ v


def reverse_all_dimensions(x: Tensor) -> Tensor:
    """What .T does, the batch included."""
    return x.permute(*range(x.dim() - 1, -1, -1))
