"""Lesson 20, exercise 2: the induction score."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn_size, drawn_weights
from course_lib.checks.interpretability.slots.induction_scores import VARIANTS


def induction_scores(weights: Tensor, period: int) -> Tensor:
    """For each head the mean weight from query t of the later part to key t − period + 1: (H, T, T) -> (H,)."""
    return scores_with()(weights, period)


def scores_with(
    key: Callable[[int, int], int] = lambda t, period: t - period + 1,
    first: Callable[[int], int] = lambda period: period,
    collect: Callable[[Tensor], Tensor] = lambda picked: picked.mean(dim=-1),
) -> Callable[[Tensor, int], Tensor]:
    """`induction_scores` that looks at key(t, period), begins with the query first(period), or collects otherwise.

    A key or a query that does not exist is left out.
    """

    def mutant(weights: Tensor, period: int) -> Tensor:
        T = weights.shape[-1]
        pairs = [(t, key(t, period)) for t in range(first(period), T) if 0 <= key(t, period) < T]
        return collect(torch.stack([weights[:, t, j] for t, j in pairs], dim=-1))  # (H, queries) -> (H,)

    return mutant


def largest_there(weights: Tensor, period: int) -> Tensor:
    """How often the key in question has the largest weight of its row."""
    queries = torch.arange(period, weights.shape[-1])
    return (weights[:, queries].argmax(dim=-1) == queries - period + 1).double().mean(dim=-1)


def whole_first_part(weights: Tensor, period: int) -> Tensor:
    """All weight that goes to the first `period` tokens."""
    return weights[:, period:, :period].sum(dim=-1).mean(dim=-1)


def induction_cases(generator: torch.Generator) -> list[Case]:
    """A text told twice; three times; one that has a single token of its repetition; drawn ones."""

    def case(H: int, T: int, period: int, label: str) -> Case:
        return Case((drawn_weights(generator, H, T), period), label=label)

    period, H = drawn_size(generator, 3, 6), drawn_size(generator, 2, 4)
    return [
        case(1, 6, 3, "one head, a text of 3 tokens told twice"),
        case(3, 9, 3, "3 heads, a text of 3 tokens told three times"),
        case(2, 6, 5, "2 heads, a text of 5 tokens of which only the first is repeated"),
        case(H, 2 * period, period, f"{H} heads, a text of {period} tokens told twice"),
    ]


EXERCISE = Exercise(
    name="induction_scores",
    reference=induction_scores,
    variants=VARIANTS,
    cases=induction_cases,
    forbidden=("course_lib.interpretability.induction_score",),
    misconceptions=(
        Misconception(
            "the last query alone",
            scores_with(collect=lambda picked: picked[..., -1]),
            "You take the last token alone. The mean is over every t from `period` on.",
        ),
        Misconception(
            "the last query left out",
            scores_with(collect=lambda picked: picked[..., :-1].mean(dim=-1)),
            "The last token counts as well: t runs up to T − 1.",
        ),
        Misconception(
            "every query",
            scores_with(lambda t, period: max(t - period + 1, 0), first=lambda period: 0),
            "Only tokens from `period` on have a copy. You count those before it as well.",
        ),
        Misconception(
            "averaged over heads",
            lambda weights, period: induction_scores(weights, period).mean(),
            "You give one number for all heads. One head of many copies, and the mean hides it: keep one for each.",
        ),
        Misconception(
            "the query's own copy",
            scores_with(key=lambda t, period: t - period),
            "t − period is where the same token stood last time. To know what comes next, look one further.",
        ),
        Misconception(
            "the token before its own copy",
            scores_with(key=lambda t, period: t - period - 1),
            "You look at what came before the copy. What came after it is at t − period + 1.",
        ),
        Misconception(
            "the previous token",
            scores_with(key=lambda t, period: t - 1, first=lambda period: 1),
            "That is the score of a previous-token head. An induction head looks at t − period + 1.",
        ),
        Misconception(
            "the last of the first part included",
            scores_with(first=lambda period: period - 1),
            "The query period − 1 has no copy before it; the first query that has one is number `period`.",
        ),
        Misconception(
            "the first query left out",
            scores_with(first=lambda period: min(period + 1, 5)),
            "You begin one query too late: token number `period` is the first that is told again.",
        ),
        Misconception(
            "only the second time counted",
            lambda weights, period: induction_scores(weights[:, : 2 * period, : 2 * period], period),
            "You stop after the second telling. All queries from `period` on count.",
        ),
        Misconception(
            "queries and keys swapped",
            lambda weights, period: induction_scores(weights.transpose(-2, -1), period),
            "A row belongs to a query, a column to a key: weights[:, t, j]. Yours are the other way round.",
        ),
        Misconception(
            "the sum",
            scores_with(collect=lambda picked: picked.sum(dim=-1)),
            "You add the weights up. The score is their mean, so that it lies between 0 and 1.",
        ),
        Misconception(
            "divided by all tokens",
            lambda weights, period: (
                induction_scores(weights, period) * (weights.shape[-1] - period) / weights.shape[-1]
            ),
            "You divide by T. Only the T − period queries that repeat something are counted.",
        ),
        Misconception(
            "how often it is the largest",
            largest_there,
            "You count how often this key has the largest weight. The score is the mean weight itself.",
        ),
        Misconception(
            "the largest",
            scores_with(collect=lambda picked: picked.amax(dim=-1)),
            "One query with a large weight does not make an induction head. Take the mean over the queries.",
        ),
        Misconception(
            "the mean over the first telling",
            lambda weights, period: weights[:, period:, :period].mean(dim=(1, 2)),
            "You take the mean of all weights on the first telling. Only the one token after the copy counts.",
        ),
        Misconception(
            "all of the first telling",
            whole_first_part,
            "You count all weight on the first telling. Only the one token after the copy says what comes next.",
        ),
        Misconception(
            "two after the copy",
            scores_with(key=lambda t, period: t - period + 2),
            "The copy is token t − period; the token after it is t − period + 1. You look one further.",
        ),
        Misconception(
            "the token just before",
            scores_with(key=lambda t, period: t - 1),
            "That is a head that looks at the previous token. Induction looks behind the copy, at t − period + 1.",
        ),
    ),
    hints=(
        "Text A B C A B C: at the second A, number 3, the next is B. Where did B stand? Period 3.",
        "Query t looks at key t − period + 1, for t = period, period + 1, …, T − 1.",
        "t = torch.arange(period, T); return weights[:, t, t - period + 1].mean(dim=-1)",
    ),
    review="lesson 20, 'Heads have scores'",
)
