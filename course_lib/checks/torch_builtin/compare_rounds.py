"""Exercise 7 of lesson 09: what the rounds say."""

import statistics
from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.torch_builtin.inputs import drawn_size
from course_lib.checks.torch_builtin.slots.compare_rounds import VARIANTS


def compare_rounds(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """Median, smallest and largest of the ratios other / baseline, taken round by round."""
    if len(baseline) != len(other) or not baseline:
        raise ValueError(f"expected as many rounds of both, at least one, got {len(baseline)} and {len(other)}")
    ratios = round_ratios(baseline, other)
    return statistics.median(ratios), min(ratios), max(ratios)


def round_ratios(baseline: list[float], other: list[float]) -> list[float]:
    """other / baseline, item by item."""
    return [theirs / ours for ours, theirs in zip(baseline, other, strict=True)]


def compare_with(
    *,
    middle: Callable[[list[float]], float] = statistics.median,
    ratios_of: Callable[[list[float], list[float]], list[float]] = round_ratios,
) -> Callable[[list[float], list[float]], tuple[float, float, float]]:
    """`compare_rounds` with another middle, or other ratios."""

    def mutant(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
        compare_rounds(baseline, other)  # refuses what the reference refuses
        ratios = ratios_of(baseline, other)
        return middle(ratios), min(ratios), max(ratios)

    return mutant


def compare_medians(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """The ratio of the medians: the rounds do not count."""
    _, smallest, largest = compare_rounds(baseline, other)
    return statistics.median(other) / statistics.median(baseline), smallest, largest


def compare_without_check(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """Rounds that only one of them has are dropped in silence."""
    return compare_rounds(baseline[: len(other)], other[: len(baseline)])


def compare_extremes(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """The best round of the one against the best of the other, and the worst against the worst."""
    middle, _, _ = compare_rounds(baseline, other)
    return middle, min(other) / min(baseline), max(other) / max(baseline)


def in_order(first: int, second: int, third: int) -> Callable[[list[float], list[float]], tuple[float, float, float]]:
    """The right numbers, median, smallest and largest, in another order."""

    def mutant(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
        right = compare_rounds(baseline, other)
        return right[first], right[second], right[third]

    return mutant


def compare_sums(baseline: list[float], other: list[float]) -> tuple[float, float, float]:
    """All rounds together."""
    _, smallest, largest = compare_rounds(baseline, other)
    return sum(other) / sum(baseline), smallest, largest


def nothing_is_refused(call: Call, generator: torch.Generator) -> None:
    """Without any round there is nothing to compare. (The error of `statistics.median` is a ValueError too.)"""
    try:
        call([], [])
    except Failed as failure:
        if any(kind in str(failure) for kind in ("raised ValueError", "raised StatisticsError")):
            return
        raise Failed(f"empty lists should raise a ValueError, but {failure}") from failure
    raise Failed("empty lists should raise a ValueError; yours returns something")


def round_cases(generator: torch.Generator) -> list[Case]:
    """By hand: a machine that is slow in one round, for both; then an even number of rounds, drawn; then refusals."""
    pace = 1 + 9 * torch.rand(6, generator=generator, dtype=torch.float64)
    longer = 1 + 9 * torch.rand(2, drawn_size(generator, 5, 12), generator=generator, dtype=torch.float64)
    factor = 1 + torch.rand(6, generator=generator, dtype=torch.float64)
    return [
        Case(([1.0, 4.0, 2.0], [2.0, 12.0, 2.0]), label="three rounds, the second on a busy machine"),
        Case((pace.tolist(), (pace * factor).tolist()), label="six rounds"),
        Case((longer[0].tolist(), longer[1].tolist()), label=f"{longer.shape[1]} rounds"),
        Case(([1.0, 2.0, 3.0], [1.0, 2.0]), label="three rounds of one, two of the other"),
    ]


EXERCISE = Exercise(
    name="compare_rounds",
    reference=compare_rounds,
    variants=VARIANTS,
    cases=round_cases,
    properties=(Property("empty lists are refused", nothing_is_refused),),
    misconceptions=(
        Misconception(
            "the wrong way round",
            compare_with(
                ratios_of=lambda baseline, other: round_ratios(other, baseline),
            ),
            "A ratio of 2 should mean that the other takes twice the baseline's time: divide other by baseline.",
        ),
        Misconception(
            "ratio of the medians",
            compare_medians,
            "The two medians may come from different rounds. First the ratio of each round, then the median.",
        ),
        Misconception(
            "mean in place of the median",
            compare_with(middle=statistics.fmean),
            "One disturbed round moves the mean as far as it likes. The median does not care.",
        ),
        Misconception(
            "sorted before they were paired",
            compare_with(
                ratios_of=lambda baseline, other: round_ratios(sorted(baseline), sorted(other)),
            ),
            "Sorting tears the rounds apart: item i of both lists was measured in the same moment.",
        ),
        Misconception(
            "lists of different length let through",
            compare_without_check,
            "zip stops at the shorter list without a word. Raise a ValueError: something went wrong before.",
        ),
        Misconception(
            "smallest and largest of the times",
            compare_extremes,
            "The smallest times of the two lists may come from different rounds. First the ratio of each round, then "
            "its "
            "smallest and largest.",
        ),
        Misconception(
            "largest before smallest",
            in_order(0, 2, 1),
            "The order is median, smallest, largest.",
        ),
        Misconception(
            "smallest, median, largest",
            in_order(1, 0, 2),
            "The order is median, smallest, largest: the median comes first.",
        ),
        Misconception(
            "the upper of two middle ones",
            compare_with(middle=statistics.median_high),
            "Of an even number of rounds the median is half-way between the two in the middle: statistics.median does "
            "that.",
        ),
        Misconception(
            "the lower of two middle ones",
            compare_with(middle=statistics.median_low),
            "Of an even number of rounds the median is half-way between the two in the middle: statistics.median does "
            "that.",
        ),
        Misconception(
            "the middle of the list, unsorted",
            compare_with(middle=lambda ratios: ratios[len(ratios) // 2]),
            "The median is the middle of the sorted ratios. You take the one in the middle of the list.",
        ),
        Misconception(
            "differences",
            compare_with(ratios_of=lambda baseline, other: [b - a for a, b in zip(baseline, other, strict=True)]),
            "You subtract. How many times as long it takes is a ratio: other / baseline.",
        ),
        Misconception(
            "ratio of the sums",
            compare_sums,
            "One disturbed round counts for most of a sum. First the ratio of each round, then the median.",
        ),
    ),
    hints=(
        "Item i of both lists is from round i. What do the two have in common that items of other rounds have not?",
        "A list of other[i] / baseline[i]; then its median, minimum and maximum. Check the lengths first.",
        "ratios = [b / a for a, b in zip(baseline, other, strict=True)]; "
        "return statistics.median(ratios), min(ratios), max(ratios)",
    ),
    review="lesson 09, 'A fair race'",
)
