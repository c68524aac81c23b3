"""Lesson 17, exercise 3: advantages within a group."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import size
from course_lib.checks.alignment.slots.compare_in_group import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property

TINY = 1e-6


def compare_in_group(rewards: Tensor) -> Tensor:
    """(r − mean) / (std + 1e-6), each over the answers to one prompt: a row."""
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    return centred / (rewards.std(dim=1, keepdim=True) + TINY)


def groups_with(centre: Callable[[Tensor], Tensor], spread: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """`compare_in_group` with another mean or deviation."""
    return lambda rewards: (rewards - centre(rewards)) / (spread(rewards) + TINY)


def row_mean(r: Tensor) -> Tensor:
    """The mean of each row, (G, 1)."""
    return r.mean(dim=1, keepdim=True)


def row_std(r: Tensor) -> Tensor:
    """The deviation of each row, (G, 1)."""
    return r.std(dim=1, keepdim=True)


def cases(generator: torch.Generator) -> list[Case]:
    """One group by hand, an easy prompt beside a hard one, and drawn groups."""
    G, n = size(generator, 2, 4), size(generator, 5, 8)
    return [
        Case((torch.tensor([[1.0, 0.0, 0.0, 1.0]]),), label="one prompt, four answers"),
        Case((torch.tensor([[5.0, 5.0, 5.0], [0.0, 1.0, 2.0]]),), label="the first prompt's rewards are all the same"),
        Case((torch.tensor([[0.0, 1e-3, 2e-3, 1e-3]]),), label="rewards that are nearly the same"),
        Case((torch.randn(G, n, generator=generator) + 10 * torch.randn(G, 1, generator=generator),), label="groups"),
        Case((torch.randn(n, n, generator=generator) * 3,), label="as many prompts as answers"),
    ]


def equal_rewards_teach_nothing(call: Call, generator: torch.Generator) -> None:
    """A group without a better and a worse answer has advantages of 0."""
    got = call(torch.full((2, 4), 0.5))
    if not (torch.isfinite(got).all() and (got.abs() < 1e-6).all()):
        raise Failed(f"four equal rewards should have advantages of 0; yours are {got[0].tolist()}")


EXERCISE = Exercise(
    name="compare_in_group",
    reference=compare_in_group,
    variants=VARIANTS,
    cases=cases,
    properties=(Property("equal rewards give advantages of 0", equal_rewards_teach_nothing),),
    forbidden=("course_lib.alignment.group_advantages",),
    misconceptions=(
        Misconception(
            "1e-6 under the root",
            lambda rewards: (rewards - rewards.mean(1, keepdim=True)) / (rewards.var(1, keepdim=True) + 1e-6).sqrt(),
            "1e-6 is added to the deviation, not to the variance under its root, where it counts as 1e-3.",
        ),
        Misconception(
            "without 1e-6",
            lambda rewards: (rewards - rewards.mean(1, keepdim=True)) / rewards.std(1, keepdim=True),
            "Where all rewards of a group are the same the deviation is 0, and 0/0 is not a number: add 1e-6 to it.",
        ),
        Misconception(
            "the median for the mean",
            lambda rewards: (rewards - rewards.median(1, keepdim=True).values) / (rewards.std(1, keepdim=True) + 1e-6),
            "Asked for is the distance to the group's mean, not to its median.",
        ),
        Misconception(
            "the sign turned round",
            lambda rewards: -compare_in_group(rewards),
            "An answer better than the mean has a positive advantage: r − mean.",
        ),
        Misconception(
            "over the prompts",
            groups_with(lambda r: r.mean(dim=0, keepdim=True), lambda r: r.std(dim=0, keepdim=True)),
            "You compare answers to different prompts, the first with the first. A group is a row: dim=1.",
        ),
        Misconception(
            "over all answers",
            groups_with(lambda r: r.mean(), lambda r: r.std()),
            "A hard prompt's good answers would look bad beside an easy prompt's. Take mean and deviation of each row.",
        ),
        Misconception(
            "the mean not taken away",
            groups_with(lambda r: torch.zeros_like(row_mean(r)), row_std),
            "Then every answer with a reward above 0 is pushed up. An advantage is the distance to the group's mean.",
        ),
        Misconception(
            "not divided by the deviation",
            lambda rewards: rewards - row_mean(rewards),
            "Asked for are standard deviations: divide by the row's, plus 1e-6.",
        ),
        Misconception(
            "divided by the variance",
            groups_with(row_mean, lambda r: r.var(dim=1, keepdim=True)),
            "Divide by the standard deviation, the root of the variance.",
        ),
        Misconception(
            "the biased deviation",
            groups_with(row_mean, lambda r: r.std(dim=1, keepdim=True, correction=0)),
            "torch's `std` divides by n − 1, as the exercise asks; yours divides by n.",
        ),
        Misconception(
            "the best answer as the baseline",
            groups_with(lambda r: r.max(dim=1, keepdim=True).values, row_std),
            "Against the best, no answer is ever good. The baseline is the mean of the group.",
        ),
    ),
    hints=(
        "A group is a row: all answers to one prompt.",
        "`keepdim=True` keeps (G, 1), which fits beside (G, n).",
        "`(rewards - rewards.mean(dim=1, keepdim=True)) / (rewards.std(dim=1, keepdim=True) + 1e-6)`",
    ),
    review="lesson 17, section 4, 'Groups'",
)
