"""Logits to do by hand and to draw, for the exercises of lesson 12."""

import torch
from torch import Tensor


def logits_of(*probabilities: float) -> Tensor:
    """Logits whose softmax is the given distribution: (1, V)."""
    return torch.tensor([probabilities]).log()


def drawn_logits(generator: torch.Generator, B: int, V: int) -> Tensor:
    """Logits as a trained model has them, some clearly above the others: (B, V)."""
    return 2 * torch.randn(B, V, generator=generator)
