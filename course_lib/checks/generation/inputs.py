"""Logits to do by hand and to draw, for the exercises of lesson 12."""

import torch
from torch import Tensor


def logits_of(*probabilities: float) -> Tensor:
    """Logits whose softmax is the given distribution: (1, V)."""
    return torch.tensor([probabilities]).log()


def drawn_size(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))


def drawn_share(generator: torch.Generator, smallest: float = 0.0, largest: float = 1.0) -> float:
    """A number between `smallest` and `largest`."""
    return smallest + (largest - smallest) * torch.rand((), generator=generator).item()


def drawn_logits(generator: torch.Generator, B: int, V: int) -> Tensor:
    """Logits as a trained model has them, some clearly above the others: (B, V)."""
    return 2 * torch.randn(B, V, generator=generator)
