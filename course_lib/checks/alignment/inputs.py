"""Log-probabilities, masks and rewards that several exercises of lesson 17 draw."""

import torch
from torch import Tensor


def size(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def logs(generator: torch.Generator, *shape: int) -> Tensor:
    """Log-probabilities of tokens: some likely, some not."""
    return -2 * torch.rand(*shape, generator=generator) - 0.05


def distribution(generator: torch.Generator, K: int) -> Tensor:
    """Log-probabilities of K answers, which add up to 1."""
    return torch.log_softmax(1.5 * torch.randn(K, generator=generator), dim=0)


def answers_of(generator: torch.Generator, B: int, T: int) -> Tensor:
    """A mask (B, T): a prompt of one or two tokens, then answers of unequal lengths, then padding."""
    first = torch.randint(1, 3, (B, 1), generator=generator)
    length = torch.randint(1, T - 2, (B, 1), generator=generator)
    places = torch.arange(T)
    return (places >= first) & (places < first + length)
