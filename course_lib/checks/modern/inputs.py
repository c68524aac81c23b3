"""Inputs that several exercises of lesson 18 draw."""

import torch
from torch import Tensor


def drawn_size(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high − 1."""
    return int(torch.randint(low, high, (), generator=generator))


def drawn_logits(generator: torch.Generator, N: int, E: int) -> Tensor:
    """Router logits (N, E), of which no two of a token are near each other."""
    order = torch.stack([torch.randperm(E, generator=generator) for _ in range(N)])
    return 0.7 * order + 0.4 * torch.rand(N, E, generator=generator) - 0.3 * E
