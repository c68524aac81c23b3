"""Weights, distributions and texts for the exercises of lesson 19."""

import torch
from torch import Tensor


def drawn_size(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))


def drawn_weight(generator: torch.Generator, out: int, width: int) -> Tensor:
    """A weight whose rows are of very different size: (out, width)."""
    size = torch.exp(torch.randn(out, 1, generator=generator))
    return size * torch.randn(out, width, generator=generator)


def drawn_law(generator: torch.Generator, V: int) -> Tensor:
    """Probabilities of V tokens, none of them very small: (V,)."""
    return torch.softmax(torch.randn(V, generator=generator), dim=-1)


def drawn_ids(generator: torch.Generator, count: int, V: int) -> list[int]:
    """A text of `count` ids below V."""
    return torch.randint(V, (count,), generator=generator).tolist()
