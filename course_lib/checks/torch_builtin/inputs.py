"""Sizes to draw, for the exercises of lesson 09."""

import torch


def drawn_size(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))
