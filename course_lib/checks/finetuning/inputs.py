"""Ids and matrices to draw, for the exercises of lesson 16."""

import torch
from torch import Tensor


def drawn_size(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))


def drawn_ids(generator: torch.Generator, n: int) -> list[int]:
    """n ids from 0 to 49, some of them perhaps equal."""
    return torch.randint(0, 50, (n,), generator=generator).tolist()


def drawn(generator: torch.Generator, *shape: int) -> Tensor:
    """Normal numbers of this shape, in float64, so that rounding decides nothing."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64)
