"""Lesson 20, exercise 6: what a head is worth, with an interval."""

import math

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn, drawn_size
from course_lib.checks.interpretability.slots.head_worth import VARIANTS
from course_lib.checks.interpretability.worths import head_worth, of_both_losses, paired, worth_with


def worth_cases(generator: torch.Generator) -> list[Case]:
    """Three stories to do by hand; long and short stories with a steady difference; a head that harms; drawn ones."""
    n = drawn_size(generator, 8, 20)
    lengths = 100 + 30 * drawn(generator, n)
    steady = 4 + 0.5 * drawn(generator, n)
    three = torch.tensor([120.0, 90.0, 102.0], dtype=torch.float64), torch.tensor([116.0, 88.0, 96.0]).double()
    return [
        Case(three, label="3 stories, differences of 4, 2 and 6 nats"),
        Case((lengths + steady, lengths), label=f"{n} stories of unequal length, each about 4 nats worse without"),
        Case((lengths - 0.3 * steady, lengths), label=f"{n} stories that are better without the head"),
        Case((lengths + 10 * drawn(generator, n), lengths), label=f"{n} stories, differences of either sign"),
    ]


EXERCISE = Exercise(
    name="head_worth",
    reference=head_worth,
    variants=VARIANTS,
    cases=worth_cases,
    forbidden=("course_lib.interpretability.worth", "course_lib.interpretability.estimate"),
    misconceptions=(
        Misconception(
            "the ends exchanged",
            worth_with(factor=-1.96),
            "Return the lower end before the upper one.",
        ),
        Misconception(
            "the reach alone",
            lambda without, kept: (head_worth(without, kept)[0], 1.96 * paired(without, kept).item()),
            "You return how far the interval reaches. Asked for are its two ends.",
        ),
        Misconception(
            "the lower end first",
            lambda without, kept: tuple(sorted(head_worth(without, kept))),
            "Return the mean first, then the lower and the upper end.",
        ),
        Misconception(
            "the sum over stories",
            worth_with(mean=lambda without, kept: (without - kept).sum()),
            "You add up over the stories. Asked for is what the head saves in a story, in the mean.",
        ),
        Misconception(
            "the two losses as if independent",
            worth_with(error=of_both_losses),
            "Both losses are of the same stories. Take the differences first: a long story is long in both.",
        ),
        Misconception(
            "the wrong sign",
            lambda without, kept: head_worth(kept, without),
            "A head is worth what its absence costs: without − kept, positive where the head helps.",
        ),
        Misconception(
            "no √n",
            worth_with(error=lambda without, kept: (without - kept).std()),
            "That is how much stories differ. The mean of n of them is known √n times better: divide by √n.",
        ),
        Misconception(
            "divided by n",
            worth_with(error=lambda without, kept: (without - kept).std() / len(kept)),
            "You divide by n. The standard error is the deviation over √n.",
        ),
        Misconception(
            "variance for deviation",
            worth_with(error=lambda without, kept: (without - kept).var() / math.sqrt(len(kept))),
            "You use the variance. The standard error is its root, the deviation, over √n.",
        ),
        Misconception(
            "deviation over n, not n − 1",
            worth_with(error=lambda without, kept: (without - kept).std(correction=0) / math.sqrt(len(kept))),
            "Of a sample the deviation divides by n − 1: torch's .std() does, NumPy's needs ddof=1.",
        ),
        Misconception(
            "one standard error",
            worth_with(factor=1.0),
            "One standard error to each side holds 68 of 100. For 95 take 1.96.",
        ),
        Misconception(
            "1.96 in all, not to each side",
            worth_with(factor=0.98),
            "The interval reaches 1.96 standard errors to each side, not in all.",
        ),
        Misconception(
            "1.645",
            worth_with(factor=1.645),
            "1.645 standard errors hold 90 of 100. For 95 take 1.96.",
        ),
        Misconception(
            "two standard errors",
            worth_with(factor=2.0),
            "2 is the rounded number; use 1.96.",
        ),
        Misconception(
            "the middle 95 % of the stories",
            lambda without, kept: (
                float((without - kept).mean()),
                float((without - kept).quantile(0.025)),
                float((without - kept).quantile(0.975)),
            ),
            "That is where 95 of 100 stories lie. Asked for is where their mean lies: 1.96 standard errors.",
        ),
        Misconception(
            "the smallest and the largest",
            lambda without, kept: (
                float((without - kept).mean()),
                float((without - kept).min()),
                float((without - kept).max()),
            ),
            "The smallest and the largest story say little of the mean. Take 1.96 standard errors to each side.",
        ),
        Misconception(
            "a ratio",
            worth_with(
                mean=lambda without, kept: (without / kept).mean(),
                error=lambda without, kept: (without / kept).std() / math.sqrt(len(kept)),
            ),
            "You divide the losses. Nats are subtracted: without − kept.",
        ),
        Misconception(
            "the error of one loss",
            worth_with(error=lambda without, kept: kept.std() / math.sqrt(len(kept))),
            "You take the standard error of a loss. It is that of the differences.",
        ),
        Misconception(
            "the reach, not the ends",
            lambda without, kept: (
                head_worth(without, kept)[0],
                -1.96 * float(paired(without, kept)),
                1.96 * float(paired(without, kept)),
            ),
            "Return the ends of the interval: mean − reach and mean + reach.",
        ),
        Misconception(
            "absolute differences",
            worth_with(
                mean=lambda without, kept: (without - kept).abs().mean(),
                error=lambda without, kept: (without - kept).abs().std() / math.sqrt(len(kept)),
            ),
            "Without absolute values: where a story is better without the head, its difference is negative.",
        ),
        Misconception(
            "the median",
            worth_with(mean=lambda without, kept: (without - kept).median()),
            "You take the median. Worth is a mean, since nats add up over stories.",
        ),
        Misconception(
            "the root of n − 1",
            worth_with(error=lambda without, kept: (without - kept).std() / math.sqrt(len(kept) - 1)),
            "torch's .std() divides by n − 1 already. The standard error is that over √n.",
        ),
        Misconception(
            "how far it reaches, not where to",
            lambda without, kept: (
                head_worth(without, kept)[0],
                *[head_worth(without, kept)[2] - head_worth(without, kept)[0]] * 2,
            ),
            "The mean is right. Asked for are the ends of the interval: mean − reach and mean + reach.",
        ),
    ),
    hints=(
        "The same stories are measured twice. What of a story's length cancels?",
        "differences = without - kept; the standard error is differences.std() / math.sqrt(len(differences)).",
        "mean = differences.mean().item(); reach = 1.96 * error; return mean, mean - reach, mean + reach",
    ),
    review="lesson 20, 'Ablation: what a head is worth'",
)
