"""How sure is a number that came from few runs: draw the runs anew, again and again, and look how far it moves."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.scaling.fit import fit_weighted
from course_lib.scaling.law import ScalingLaw

T = TypeVar("T")

LEVEL = 0.9  # of an interval
SAMPLES = 200


class Interval(NamedTuple):
    """From `low` to `high`."""

    low: float
    high: float


def resampled_counts(n: int, samples: int, generator: torch.Generator) -> Float[Tensor, "samples n"]:
    """How often each of n runs is drawn when n are drawn with replacement, so many times over."""
    drawn = torch.randint(n, (samples, n), generator=generator)
    return torch.zeros(samples, n, dtype=torch.float64).scatter_add(1, drawn, torch.ones(samples, n).double())


def percentile_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """What the middle `level` of the values spans.

    Raises ValueError if there are fewer than two values or the level is not between 0 and 1.
    """
    if len(values) < 2:
        raise ValueError(f"an interval needs at least 2 values, got {len(values)}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, 0.9 for nine in ten, got {level}")
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = torch.tensor(list(values), dtype=torch.float64).quantile(ends).tolist()
    return Interval(low, high)


def bootstrap(
    items: Sequence[T],
    statistic: Callable[[list[T]], float],
    *,
    samples: int = SAMPLES,
    level: float = LEVEL,
    generator: torch.Generator | None = None,
) -> Interval:
    """An interval for `statistic(items)`: that of the statistic over samples drawn with replacement (Efron 1979).

    Raises ValueError if there are fewer than two items.
    """
    if len(items) < 2:
        raise ValueError(f"items drawn anew from {len(items)} tell nothing about spread; at least 2 are needed")
    n = len(items)
    draws = torch.randint(n, (samples, n), generator=generator or torch.Generator().manual_seed(0)).tolist()
    return percentile_interval([statistic([items[i] for i in draw]) for draw in draws], level)


def bootstrap_laws(
    N: Sequence[float],
    D: Sequence[float],
    loss: Sequence[float],
    *,
    floor: float | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
) -> list[ScalingLaw]:
    """The laws of `samples` redrawn sets of these runs: what the fit could have been, had other runs been made."""
    counts = resampled_counts(len(loss), samples, torch.Generator().manual_seed(seed))
    return fit_weighted(N, D, loss, counts, floor=floor)
