"""What a head is worth, and what becomes of it with the mistakes that are made, for lesson 20."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Result = tuple[float, float, float]


def head_worth(without: Tensor, kept: Tensor) -> Result:
    """The mean of without − kept over the stories, and its 95 % interval: mean ± 1.96 standard errors."""
    return worth_with()(without, kept)


def paired(without: Tensor, kept: Tensor) -> Tensor:
    """The standard error of the differences."""
    return (without - kept).std() / math.sqrt(len(kept))


def worth_with(
    mean: Callable[[Tensor, Tensor], Tensor] = lambda without, kept: (without - kept).mean(),
    error: Callable[[Tensor, Tensor], Tensor] = paired,
    factor: float = 1.96,
) -> Callable[[Tensor, Tensor], Result]:
    """`head_worth` with another mean, standard error or factor."""

    def mutant(without: Tensor, kept: Tensor) -> Result:
        middle, reach = float(mean(without, kept)), factor * float(error(without, kept))
        return middle, middle - reach, middle + reach

    return mutant


def of_both_losses(without: Tensor, kept: Tensor) -> Tensor:
    """The standard error as if the two losses were of different stories."""
    return torch.sqrt(without.var() / len(without) + kept.var() / len(kept))
