"""Lesson 12, exercise 2: top-k."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.generation.inputs import drawn_logits, drawn_size
from course_lib.checks.generation.slots.keep_top_k import VARIANTS


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """−inf for all logits below the k-th largest of their row; what ties with it stays."""
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]  # (..., 1)
    return logits.masked_fill(logits < kth, -math.inf)


def top_k_with(
    removed: Callable[[Tensor, Tensor], Tensor], value: float = -math.inf
) -> Callable[[Tensor, int], Tensor]:
    """`keep_top_k` with another rule for what is removed (logits, k-th largest), or another value for it."""

    def mutant(logits: Tensor, k: int) -> Tensor:
        kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
        return logits.masked_fill(removed(logits, kth), value)

    return mutant


def exactly_k(logits: Tensor, k: int) -> Tensor:
    """The k tokens that topk names: of those that tie, some go and some stay."""
    best = logits.topk(min(k, logits.shape[-1]))
    return torch.full_like(logits, -math.inf).scatter(-1, best.indices, best.values)


def one_border_for_all(logits: Tensor, k: int) -> Tensor:
    """The k-th largest of the whole batch."""
    kth = logits.flatten().topk(min(k, logits.numel())).values[-1]
    return logits.masked_fill(logits < kth, -math.inf)


def lowest_border(logits: Tensor, k: int) -> Tensor:
    """The k-th largest of the row where it is smallest."""
    return logits.masked_fill(logits < logits.topk(min(k, logits.shape[-1])).values.min(), -math.inf)


def top_k_without_limit(logits: Tensor, k: int) -> Tensor:
    """k larger than the vocabulary goes into topk as it is."""
    return logits.masked_fill(logits < logits.topk(k).values[..., -1:], -math.inf)


def smallest_k(logits: Tensor, k: int) -> Tensor:
    """The wrong end of the order."""
    return -keep_top_k(-logits, k).masked_fill(keep_top_k(-logits, k).isinf(), math.inf)


def k_values(logits: Tensor, k: int) -> Tensor:
    """The k largest of the different values of each row."""
    rows = []
    for row in logits:
        values = row.unique()  # in rising order
        rows.append(row.masked_fill(row < values[-min(k, len(values))], -math.inf))
    return torch.stack(rows)


def top_k_cases(generator: torch.Generator) -> list[Case]:
    """Three tokens; a tie at the border; more than there are; two rows of different height; drawn ones."""

    def drawn(B: int, V: int, k: int) -> Case:
        return Case((drawn_logits(generator, B, V), k), label=f"B = {B}, V = {V}, k = {k}")

    return [
        Case((torch.tensor([[1.0, 3.0, 2.0]]), 2), label="2 of 3 tokens"),
        Case((torch.tensor([[1.0, 3.0, 2.0]]), 1), label="only the most likely"),
        Case((torch.tensor([[2.0, 5.0, 2.0, 0.0]]), 2), label="two tokens tie for the second place"),
        Case((torch.tensor([[5.0, 5.0, 2.0, 0.0]]), 2), label="two tokens tie for the first place"),
        Case((torch.tensor([[1.0, 2.0]]), 5), label="k = 5, but a vocabulary of 2"),
        Case((torch.tensor([[9.0, 8.0, 7.0], [1.0, 3.0, 2.0]]), 2), label="a row of high and a row of low logits"),
        drawn(drawn_size(generator, 2, 5), drawn_size(generator, 6, 12), drawn_size(generator, 2, 5)),
        drawn(3, 9, drawn_size(generator, 2, 7)),
    ]


EXERCISE = Exercise(
    name="keep_top_k",
    reference=keep_top_k,
    variants=VARIANTS,
    cases=top_k_cases,
    forbidden=("course_lib.generation.top_k",),
    misconceptions=(
        Misconception(
            "ties broken",
            exactly_k,
            "Two tokens are equally likely, and one of them goes. Compare with the k-th largest: what ties stays.",
        ),
        Misconception(
            "the k-th removed too",
            top_k_with(lambda logits, kth: logits <= kth),
            "The k-th itself belongs to the k: remove what is smaller than it, not what is equal.",
        ),
        Misconception(
            "removed with 0",
            top_k_with(lambda logits, kth: logits < kth, value=0.0),
            "A logit of 0 is not a probability of 0: e⁰ = 1. Use −inf, whose exponential is 0.",
        ),
        Misconception(
            "one border for all rows",
            one_border_for_all,
            "Each row has its own k-th largest: topk(...).values[..., -1:] keeps the rows apart.",
        ),
        Misconception(
            "the least likely kept",
            smallest_k,
            "You keep the k smallest logits. The largest belong to the most likely tokens.",
        ),
        Misconception(
            "k above the vocabulary",
            top_k_without_limit,
            "With k = 5 and a vocabulary of 2, all stay: min(k, V) before topk.",
        ),
        Misconception(
            "a large negative number for −∞",
            top_k_with(lambda logits, kth: logits < kth, value=-1e9),
            "A large negative number is not −∞: use float('-inf'), so that the probability is 0 whatever the logits "
            "are.",
        ),
        Misconception(
            "probabilities returned",
            lambda logits, k: torch.softmax(keep_top_k(logits, k), dim=-1),
            "Return logits, as they came, with −∞ where a token goes; the softmax comes at the very end.",
        ),
        Misconception(
            "one token too many",
            lambda logits, k: keep_top_k(logits, k + 1),
            "k + 1 tokens stay. The k-th largest stands at index k − 1, since indices begin at 0.",
        ),
        Misconception(
            "k over the batch",
            lambda logits, k: keep_top_k(logits.T, k).T,
            "You compare the texts of the batch with each other. topk goes over the vocabulary, the last dimension.",
        ),
        Misconception(
            "ranks for logits",
            lambda logits, k: logits.sort(dim=-1, descending=True).values.masked_fill(
                torch.arange(logits.shape[-1]) >= k, -math.inf
            ),
            "The result must be in the order of ids: the place of a logit says which token it belongs to.",
        ),
        Misconception(
            "only the k values",
            lambda logits, k: logits.topk(min(k, logits.shape[-1])).values,
            "You return the k largest logits, so that nobody knows whose they are. Return all, with −∞ where a token "
            "goes.",
        ),
        Misconception(
            "counted from the smallest",
            lambda logits, k: logits.masked_fill(
                logits < logits.sort(dim=-1).values[..., min(k, logits.shape[-1]) - 1][..., None], -math.inf
            ),
            "The border is the k-th smallest logit. Sort with descending=True, or use topk.",
        ),
        Misconception(
            "never the whole vocabulary",
            lambda logits, k: keep_top_k(logits, min(k, logits.shape[-1] - 1)),
            "Where k is larger than the vocabulary, all tokens stay: min(k, V), not V − 1.",
        ),
        Misconception(
            "k different values kept",
            k_values,
            "You count equal logits once, so more than k tokens stay where the likeliest tie. The k-th most likely "
            "token is that of the sorted row, equal ones included.",
        ),
        Misconception(
            "the lowest border of all rows",
            lowest_border,
            "You compare all rows with one border, the lowest of them. Each row has its own: keep the dimension, "
            "values[..., -1:].",
        ),
        Misconception(
            "removed with +∞",
            top_k_with(lambda logits, kth: logits < kth, math.inf),
            "A logit of +∞ takes all the probability. What is removed gets −∞.",
        ),
    ),
    hints=(
        "Which number separates what stays from what goes? The k-th largest of each row.",
        "logits.topk(k).values is (B, k), sorted; its last column, [..., -1:], is the border of each row.",
        "kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]; logits.masked_fill(logits < kth, -math.inf)",
    ),
    review="lesson 12, 'Three ways to cut off the tail'",
)
