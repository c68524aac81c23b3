"""Shards, weights and batches that several exercises of lesson 14 draw."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

AllReduce = Callable[..., Tensor]


def drawn_tensors(generator: torch.Generator, count: int, *shape: int) -> list[Tensor]:
    """One tensor a device, of whole numbers from −9 to 9: sums in any order are the same to the last bit."""
    return [torch.randint(-9, 10, shape, generator=generator).float() for _ in range(count)]


def drawn_size(generator: torch.Generator, smallest: int, largest: int) -> int:
    """A whole number from `smallest` to `largest`."""
    return int(torch.randint(smallest, largest + 1, (1,), generator=generator))


def whole_sum(tensors: Sequence[Tensor]) -> Tensor:
    """What an all-reduce leaves on every device."""
    return torch.stack(list(tensors)).sum(dim=0)


DEVICES = 8

FLOAT32 = 4  # bytes a number
