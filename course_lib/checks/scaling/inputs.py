"""Runs and texts to draw, for the exercises of lesson 15."""

import torch
from torch import Tensor

WORDS = ("sun", "cat", "sat", "on", "the", "red", "mat", "and", "saw", "a", "big", "dog")


def drawn_number(generator: torch.Generator, smallest: float, largest: float) -> float:
    """A number between `smallest` and `largest`."""
    return smallest + (largest - smallest) * torch.rand((), generator=generator, dtype=torch.float64).item()


def drawn_whole(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))


def drawn_noise(generator: torch.Generator, n: int, size: float) -> Tensor:
    """Errors of n runs, normal with this deviation, (n,) float64."""
    return size * torch.randn(n, generator=generator, dtype=torch.float64)


def drawn_text(generator: torch.Generator, words: int) -> str:
    """So many words, drawn."""
    return " ".join(WORDS[i] for i in torch.randint(len(WORDS), (words,), generator=generator).tolist())
