"""Logit lenses, for lesson 20."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

EPS = 1e-5


def lens_logits(stream: Tensor, weight: Tensor, bias: Tensor, embedding: Tensor) -> Tensor:
    """head(final_norm(stream)) at every place: (places, T, C) -> (places, T, V)."""
    return F.layer_norm(stream, weight.shape, weight, bias, EPS) @ embedding.T


def lens_with(
    norm: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda x, weight, bias: F.layer_norm(
        x, weight.shape, weight, bias, EPS
    ),
    before: Callable[[Tensor], Tensor] = lambda stream: stream,
    after: Callable[[Tensor], Tensor] = lambda logits: logits,
) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """`lens_logits` with another norm (x, weight, bias), or something done before it or after the head."""

    def mutant(stream: Tensor, weight: Tensor, bias: Tensor, embedding: Tensor) -> Tensor:
        return after(norm(before(stream), weight, bias) @ embedding.T)

    return mutant


def standard(x: Tensor, dims: tuple[int, ...], correction: int = 0) -> Tensor:
    """(x − mean) / √(variance + ε) over these dimensions."""
    mean = x.mean(dim=dims, keepdim=True)
    return (x - mean) / torch.sqrt(x.var(dim=dims, keepdim=True, correction=correction) + EPS)


def standard_without_eps(x: Tensor) -> Tensor:
    """(x − mean) / √variance."""
    return (x - x.mean(dim=-1, keepdim=True)) / x.std(dim=-1, keepdim=True, correction=0)


def shift_behind_the_head(stream: Tensor, weight: Tensor, bias: Tensor, embedding: Tensor) -> Tensor:
    """The head first, then all of the shift."""
    return F.layer_norm(stream, weight.shape, weight, None, EPS) @ embedding.T + bias.sum()


def last_place_only(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The norm behind the last block, as in the model, and the other places as they are."""
    return torch.cat([x[:-1], F.layer_norm(x[-1:], weight.shape, weight, bias, EPS)])
