"""Streams and tables of weights to draw, for the exercises of lesson 20."""

import math

import torch
from torch import Tensor


def drawn(generator: torch.Generator, *shape: int) -> Tensor:
    """Normal numbers of this shape, in float64, so that rounding decides nothing."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def drawn_size(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))


def drawn_weights(generator: torch.Generator, H: int, T: int) -> Tensor:
    """Causal weights of attention, each row with a sum of 1: (H, T, T)."""
    scores = 2 * drawn(generator, H, T, T)
    return scores.masked_fill(~torch.ones(T, T, dtype=torch.bool).tril(), -math.inf).softmax(dim=-1)
