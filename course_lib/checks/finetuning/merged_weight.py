"""Lesson 16, exercise 5: LoRA put into the weight."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.finetuning.inputs import drawn, drawn_size
from course_lib.checks.finetuning.slots.merged_weight import VARIANTS


def merged_weight(W: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """W + (α/r)·B A as a new tensor;  W (out, in), A (r, in), B (out, r)."""
    return W + alpha / A.shape[0] * (B @ A)


def weight_with(change: Callable[[Tensor, Tensor, Tensor, float], Tensor]) -> Callable:
    """`merged_weight` with another change (W, A, B, α)."""

    def mutant(W: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
        return W + change(W, A, B, alpha)

    return mutant


def in_place(W: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """Changes what it was given: called again, it merges twice."""
    W += alpha / A.shape[0] * (B @ A)
    return W


def elementwise(W: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """The sum over the rank of B's column times A's row, with the rank's mean in place of its sum."""
    return W + alpha / A.shape[0] * (B @ A) / A.shape[0]


def merge_cases(generator: torch.Generator) -> list[Case]:
    """Rank 1 by hand; B = 0; then square and other shapes."""

    def case(out: int, into: int, r: int, alpha: float) -> Case:
        W, A, B = (drawn(generator, *s) for s in ((out, into), (r, into), (out, r)))
        return Case((W, A, B, alpha), label=f"out = {out}, in = {into}, r = {r}, α = {alpha:g}")

    by_hand = (torch.eye(2), torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [0.0]]), 2.0)
    fresh = (drawn(generator, 3, 4), drawn(generator, 2, 4), torch.zeros(3, 2, dtype=torch.float64), 4.0)
    return [
        Case(by_hand, label="W the identity, A = (1 2), B = (3 0)ᵀ, r = 1, α = 2"),
        Case(fresh, label="B = 0, as at the start"),
        case(4, 4, 2, 8.0),
        case(drawn_size(generator, 5, 7), 3, 2, 3.0),
        case(3, drawn_size(generator, 6, 8), 3, 0.5),
    ]


EXERCISE = Exercise(
    name="merged_weight",
    reference=merged_weight,
    variants=VARIANTS,
    cases=merge_cases,
    misconceptions=(
        Misconception(
            "W times the change",
            lambda W, A, B, alpha: W * (1 + alpha / A.shape[0] * (B @ A)),
            "You multiply W by the change. It is added: W + α/r · B A.",
        ),
        Misconception(
            "A and B the other way round",
            lambda W, A, B, alpha: W + alpha / A.shape[0] * (A.T @ B.T),
            "x Aᵀ Bᵀ is x (B A)ᵀ: the change of the weight is B A, (out, in).",
        ),
        Misconception(
            "merged in place",
            in_place,
            "You change W itself. Called again, the change would be in it twice: make a new tensor instead.",
        ),
        Misconception(
            "α without r",
            weight_with(lambda W, A, B, alpha: alpha * (B @ A)),
            "The factor is α/r, as in the forward pass. Otherwise merged and unmerged differ.",
        ),
        Misconception(
            "no factor",
            weight_with(lambda W, A, B, alpha: B @ A),
            "The change is multiplied by α/r, as in the forward pass.",
        ),
        Misconception(
            "1/r without α",
            weight_with(lambda W, A, B, alpha: (B @ A) / A.shape[0]),
            "The factor is α/r; α is missing in yours.",
        ),
        Misconception(
            "the change alone",
            lambda W, A, B, alpha: alpha / A.shape[0] * (B @ A),
            "That is the change; the merged weight is W and the change.",
        ),
        Misconception(
            "merged twice",
            weight_with(lambda W, A, B, alpha: 2 * alpha / A.shape[0] * (B @ A)),
            "The change is in your weight twice.",
        ),
        Misconception(
            "unmerged",
            weight_with(lambda W, A, B, alpha: -alpha / A.shape[0] * (B @ A)),
            "You take the change out of W. To merge, add it.",
        ),
        Misconception(
            "divided by the width",
            weight_with(lambda W, A, B, alpha: alpha / A.shape[1] * (B @ A)),
            "The rank is the narrow side of A: A.shape[0].",
        ),
        Misconception(
            "divided by the outputs",
            weight_with(lambda W, A, B, alpha: alpha / B.shape[0] * (B @ A)),
            "The rank is the narrow side of B: B.shape[1].",
        ),
        Misconception("divided by r twice", elementwise, "α is divided by the rank once, not twice."),
        Misconception(
            "α times r",
            weight_with(lambda W, A, B, alpha: alpha * A.shape[0] * (B @ A)),
            "α is divided by the rank, not multiplied with it.",
        ),
        Misconception(
            "the factor on W, too",
            lambda W, A, B, alpha: alpha / A.shape[0] * (W + B @ A),
            "Only the change is multiplied by α/r.",
        ),
    ),
    hints=(
        "The layer with LoRA computes x Wᵀ + (α/r)·x Aᵀ Bᵀ. Which single matrix gives the same?",
        "Aᵀ Bᵀ is the transpose of B A, which has the shape of W.",
        "return W + alpha / A.shape[0] * (B @ A)",
    ),
    review="lesson 16, 'Change little: LoRA'",
)
