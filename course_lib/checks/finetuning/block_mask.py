"""Lesson 16, exercise 3: walls between the examples of a row."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.finetuning.inputs import drawn_size
from course_lib.checks.finetuning.slots.block_mask import VARIANTS


def block_mask(segments: Tensor) -> Tensor:
    """True where a query may attend to a key: of the same segment, and not after it. (B, T) → (B, T, T)"""
    return mask_with(lambda same, past: same & past)(segments)


def mask_with(combine: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """`block_mask` with another rule, of where segments are the same (B, T, T) and where keys are not later (T, T)."""

    def mutant(segments: Tensor) -> Tensor:
        T = segments.shape[-1]
        same = segments[..., :, None] == segments[..., None, :]
        return combine(same, torch.ones(T, T, dtype=torch.bool).tril())

    return mutant


def mask_cases(generator: torch.Generator) -> list[Case]:
    """Two segments; one alone; two rows, one filled up with −1; then drawn ones."""

    def drawn(B: int) -> Case:
        T = drawn_size(generator, 6, 9)
        begins = torch.rand(B, T, generator=generator) < 0.4
        return Case((begins.long().cumsum(dim=1),), label=f"{B} rows of {T} tokens")

    return [
        Case((torch.tensor([[0, 0, 1, 1, 1]]),), label="segments 0 0 1 1 1"),
        Case((torch.tensor([[0, 0, 0]]),), label="one segment: the causal mask"),
        Case((torch.tensor([[0, 1, 1, 2], [0, 0, -1, -1]]),), label="two rows, the second filled up with −1"),
        drawn(1),
        drawn(3),
    ]


EXERCISE = Exercise(
    name="block_mask",
    reference=block_mask,
    variants=VARIANTS,
    cases=mask_cases,
    forbidden=("course_lib.finetuning.block_mask", "course_lib.finetuning.Walls"),
    misconceptions=(
        Misconception(
            "no walls",
            mask_with(lambda same, past: past.expand_as(same)),
            "That is the causal mask alone: an example sees those before it in the row.",
        ),
        Misconception(
            "the future seen",
            mask_with(lambda same, past: same),
            "Within its example a query must not see later keys: the causal mask is missing.",
        ),
        Misconception(
            "either instead of both",
            mask_with(lambda same, past: same | past),
            "Both must hold: the same segment and not later. You have `or`.",
        ),
        Misconception(
            "not itself",
            mask_with(lambda same, past: same & past.tril(-1)),
            "A query may attend to itself. Without it, the first token of each example has nobody: a row of NaN.",
        ),
        Misconception(
            "the upper triangle",
            mask_with(lambda same, past: same & past.T),
            "Rows are queries, columns are keys: a query sees keys before it, the lower triangle.",
        ),
        Misconception(
            "True where hidden",
            mask_with(lambda same, past: ~(same & past)),
            "The wrong way round: True where a query may attend.",
        ),
        Misconception(
            "filling sees nobody",
            lambda segments: block_mask(segments) & (segments >= 0)[:, :, None],
            "Rows of −1 are all False in yours: a softmax over nothing is NaN, and NaN spreads. Let them form a block.",
        ),
        Misconception(
            "the walls of the first row for all",
            lambda segments: block_mask(segments[:1]).expand(len(segments), -1, -1).clone(),
            "Each row has its own segments.",
        ),
        Misconception(
            "what is added instead",
            lambda segments: torch.zeros(block_mask(segments).shape).masked_fill(~block_mask(segments), -torch.inf),
            "Return True and False, not what is added to the scores.",
        ),
        Misconception(
            "numbers for True and False",
            lambda segments: block_mask(segments).float(),
            "Return a mask of dtype bool: 1.0 as a float would be added to the scores.",
        ),
        Misconception(
            "neighbours together",
            lambda segments: (
                ((segments[..., :, None] - segments[..., None, :]).abs() <= 1)
                & torch.ones(segments.shape[-1], segments.shape[-1], dtype=torch.bool).tril()
            ),
            "The segments must be equal; neighbouring numbers are different examples.",
        ),
        Misconception(
            "segments before seen",
            lambda segments: (
                (segments[..., :, None] >= segments[..., None, :])
                & torch.ones(segments.shape[-1], segments.shape[-1], dtype=torch.bool).tril()
            ),
            "The segments must be equal. With >= an example sees those before it in the row.",
        ),
    ),
    hints=(
        "Compare each segment with each: segments[:, :, None] == segments[:, None, :] has the shape (B, T, T).",
        "The causal mask is torch.ones(T, T, dtype=torch.bool).tril(). Both must hold.",
        "return (segments[:, :, None] == segments[:, None, :]) & torch.ones(T, T, dtype=torch.bool).tril()",
    ),
    review="lesson 16, 'Rows of unequal length'",
)
