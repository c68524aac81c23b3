"""Lesson 15, exercise 6: an interval by drawing anew."""

from collections.abc import Callable
from statistics import NormalDist

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_noise, drawn_whole
from course_lib.checks.scaling.slots.bootstrap_interval import VARIANTS

Ends = tuple[float, float]


def ends(statistics: Tensor, low: float, high: float) -> Ends:
    """Two quantiles."""
    low, high = torch.quantile(statistics.double(), torch.tensor([low, high], dtype=torch.float64)).tolist()
    return low, high


def bootstrap_interval(values: Tensor, draws: Tensor, level: float) -> Ends:
    """What the middle `level` of the means of the redrawn samples spans."""
    return ends(values[draws].mean(dim=1), (1 - level) / 2, (1 + level) / 2)


def interval_with(
    statistic: Callable[[Tensor, Tensor], Tensor] = lambda values, draws: values[draws].mean(dim=1),
    low: Callable[[float], float] = lambda level: (1 - level) / 2,
    high: Callable[[float], float] = lambda level: (1 + level) / 2,
) -> Callable[[Tensor, Tensor, float], Ends]:
    """`bootstrap_interval` with other statistics, or other ends."""

    def mutant(values: Tensor, draws: Tensor, level: float) -> Ends:
        return ends(statistic(values, draws), low(level), high(level))

    return mutant


def normal_interval(values: Tensor, draws: Tensor, level: float) -> Ends:
    """Mean and deviation of the redrawn means, as if they were normal."""
    means = values[draws].mean(dim=1)
    reach = NormalDist().inv_cdf((1 + level) / 2) * means.std().item()
    return means.mean().item() - reach, means.mean().item() + reach


def error_of_error(values: Tensor, draws: Tensor, level: float) -> Ends:
    """The deviation of the redrawn means over the root of their number."""
    means = values[draws].mean(dim=1)
    reach = NormalDist().inv_cdf((1 + level) / 2) * means.std().item() / len(means) ** 0.5
    return means.mean().item() - reach, means.mean().item() + reach


def cases(generator: torch.Generator) -> list[Case]:
    """Draws to read off, and drawn ones at two levels."""

    def drawn(n: int, S: int, level: float) -> Case:
        values = 2 + drawn_noise(generator, n, 1.0) ** 2
        draws = torch.randint(n, (S, n), generator=generator)
        return Case((values, draws, level), label=f"{n} values, {S} draws, level {level}")

    values = torch.tensor([0.0, 3.0, 6.0], dtype=torch.float64)
    by_hand = torch.tensor([[0, 0, 0], [0, 0, 1], [1, 1, 0], [0, 1, 2], [2, 2, 2]])  # means 0, 1, 2, 3, 6
    return [
        Case((values, by_hand, 0.5), label="five draws with means 0, 1, 2, 3, 6, the middle half"),
        drawn(drawn_whole(generator, 6, 9), 50, 0.9),
        drawn(drawn_whole(generator, 10, 14), 40, 0.8),
    ]


EXERCISE = Exercise(
    name="bootstrap_interval",
    reference=bootstrap_interval,
    variants=VARIANTS,
    cases=cases,
    forbidden=("course_lib.scaling.percentile_interval", "course_lib.scaling.bootstrap"),
    misconceptions=(
        Misconception(
            "medians for means",
            interval_with(lambda values, draws: values[draws].median(dim=1).values),
            "You take the median of each sample. Asked for is the mean's interval.",
        ),
        Misconception(
            "the places for the values",
            interval_with(lambda values, draws: draws.to(values.dtype).mean(dim=1)),
            "`draws` holds places. The values that stand there are values[draws].",
        ),
        Misconception(
            "a level of its own",
            interval_with(low=lambda level: 0.025, high=lambda level: 0.975),
            "Your interval holds 95 % whatever `level` says.",
        ),
        Misconception(
            "the rest left out below only",
            interval_with(low=lambda level: 1 - level, high=lambda level: 1.0),
            "You leave all of the rest out at the lower end. The same share is left out at each end: half of it.",
        ),
        Misconception(
            "1.96 deviations of the means",
            lambda values, draws, level: normal_interval(values, draws, 0.95),
            "That is an interval as if the means were normal, and for 95 % only. Take quantiles of the means.",
        ),
        Misconception(
            "the whole rest on each side",
            interval_with(low=lambda level: 1 - level, high=lambda level: level),
            "With a level of 0.9 you leave a tenth out on each side. A tenth in all is left out: half of it on each.",
        ),
        Misconception(
            "quantiles of the values",
            interval_with(lambda values, draws: values),
            "That is where single values lie. Asked for is how far the mean moves: the quantiles of the redrawn means.",
        ),
        Misconception(
            "quantiles of all that was drawn",
            interval_with(lambda values, draws: values[draws].flatten()),
            "Take the mean of each redrawn sample first, and then the quantiles of these means.",
        ),
        Misconception(
            "means over the wrong dimension",
            interval_with(lambda values, draws: values[draws].mean(dim=0)),
            "A row of draws is one sample: the mean goes over dim=1.",
        ),
        Misconception(
            "smallest and largest",
            interval_with(low=lambda level: 0.0, high=lambda level: 1.0),
            "The smallest and the largest mean grow apart with the number of draws. Take quantiles.",
        ),
        Misconception(
            "as if normal",
            normal_interval,
            "Mean ± so many deviations is symmetric, whatever the values are. The bootstrap takes the quantiles.",
        ),
        Misconception(
            "error of the error",
            error_of_error,
            "More draws do not make the data more: do not divide by the root of the number of draws.",
        ),
        Misconception(
            "medians",
            interval_with(lambda values, draws: values[draws].quantile(0.5, dim=1)),
            "You take the median of each sample. Asked for is the interval of the mean.",
        ),
        Misconception(
            "sums",
            interval_with(lambda values, draws: values[draws].sum(dim=1)),
            "You add the redrawn values up. Asked for is the interval of the mean.",
        ),
        Misconception(
            "distance from the mean",
            interval_with(lambda values, draws: values[draws].mean(dim=1) - values.mean()),
            "You return how far the ends are from the mean. Return the ends themselves.",
        ),
        Misconception(
            "high before low",
            lambda values, draws, level: bootstrap_interval(values, draws, level)[::-1],
            "Return the lower end first.",
        ),
        Misconception(
            "one side only",
            interval_with(low=lambda level: 0.0, high=lambda level: level),
            "You leave everything out at the top. Half of what is left out belongs to each side.",
        ),
        Misconception(
            "each value once",
            interval_with(
                lambda values, draws: torch.stack(
                    [values[row.unique()].mean() for row in draws]
                )  # draws without repeats
            ),
            "A value that was drawn twice counts twice. Index with the whole row, repetitions included.",
        ),
    ),
    hints=(
        "values[draws] is (S, n): each row is one sample that could have been. What is its mean?",
        "Of the S means leave (1 − level)/2 out on each side: torch.quantile.",
        "torch.quantile(values[draws].mean(dim=1), torch.tensor([(1 - level) / 2, (1 + level) / 2]).to(values))",
    ),
    review="lesson 15, 'How sure is a fit?'",
)
