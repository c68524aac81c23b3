"""Numbers and ids to draw, for the exercises of lesson 02."""

import torch


def draw(low: int, high: int, generator: torch.Generator) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))
