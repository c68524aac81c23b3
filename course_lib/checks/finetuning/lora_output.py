"""Lesson 16, exercise 4: a linear layer with LoRA."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.finetuning.inputs import drawn, drawn_size
from course_lib.checks.finetuning.slots.lora_output import VARIANTS


def lora_output(x: Tensor, W: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """x Wᵀ + (α/r)·x Aᵀ Bᵀ;  x (N, in), W (out, in), A (r, in), B (out, r)."""
    return output_with()(x, W, A, B, alpha)


def output_with(
    *,
    scale: Callable[[float, Tensor, Tensor], float] = lambda alpha, A, B: alpha / A.shape[0],
    base: Callable[[Tensor, Tensor], Tensor] = lambda x, W: x @ W.T,
    whole: bool = False,
) -> Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]:
    """`lora_output` with another factor or another base; whole: the factor on the base as well."""

    def mutant(x: Tensor, W: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
        change, factor = x @ A.T @ B.T, scale(alpha, A, B)
        return factor * (base(x, W) + change) if whole else base(x, W) + factor * change

    return mutant


def lora_cases(generator: torch.Generator) -> list[Case]:
    """One number in and out at rank 1; B = 0; α = r; then drawn ones of unequal sides."""

    def case(N: int, into: int, out: int, r: int, alpha: float) -> Case:
        x, W, A, B = (drawn(generator, *s) for s in ((N, into), (out, into), (r, into), (out, r)))
        return Case((x, W, A, B, alpha), label=f"N = {N}, in = {into}, out = {out}, r = {r}, α = {alpha:g}")

    one = torch.ones(1, 1, dtype=torch.float64)
    square = [drawn(generator, 4, 4) for _ in range(2)]
    fresh = (square[0], square[1], drawn(generator, 2, 4), torch.zeros(4, 2, dtype=torch.float64), 8.0)
    return [
        Case((2 * one, 3 * one, 5 * one, 7 * one, 4.0), label="x = 2, W = 3, A = 5, B = 7, r = 1, α = 4"),
        Case(fresh, label="B = 0, as at the start"),
        case(2, 3, 5, 2, 6.0),
        case(drawn_size(generator, 2, 4), 7, 5, 3, 1.5),
        case(3, 5, 9, 4, 16.0),
    ]


EXERCISE = Exercise(
    name="lora_output",
    reference=lora_output,
    variants=VARIANTS,
    cases=lora_cases,
    drive=drive.call_with_gradients_of_low_rank,
    forbidden=("course_lib.finetuning.LoRALinear",),
    misconceptions=(
        Misconception(
            "α without r",
            output_with(scale=lambda alpha, A, B: alpha),
            "The factor is α/r: divide by the rank. Otherwise twice the rank would be a change about twice as large.",
        ),
        Misconception(
            "no factor",
            output_with(scale=lambda alpha, A, B: 1.0),
            "The change B A x is multiplied by α/r.",
        ),
        Misconception(
            "1/r without α",
            output_with(scale=lambda alpha, A, B: 1 / A.shape[0]),
            "The factor is α/r; α is missing in yours.",
        ),
        Misconception(
            "r/α",
            output_with(scale=lambda alpha, A, B: A.shape[0] / alpha),
            "The factor is upside down: α/r.",
        ),
        Misconception(
            "divided by √r",
            output_with(scale=lambda alpha, A, B: alpha / math.sqrt(A.shape[0])),
            "That is the factor of another method (rsLoRA). Here it is α/r.",
        ),
        Misconception(
            "divided by the width",
            output_with(scale=lambda alpha, A, B: alpha / A.shape[1]),
            "The rank is the narrow side of A: A.shape[0].",
        ),
        Misconception(
            "α times r",
            output_with(scale=lambda alpha, A, B: alpha * A.shape[0]),
            "α is divided by the rank, not multiplied with it.",
        ),
        Misconception(
            "the base left out",
            output_with(base=lambda x, W: x.new_zeros(())),
            "You return the change alone. It is added to what the frozen layer gives, x Wᵀ.",
        ),
        Misconception(
            "the change left out",
            lambda x, W, A, B, alpha: x @ W.T,
            "That is the frozen layer alone; A and B have to do something.",
        ),
        Misconception(
            "the factor on the base, too",
            output_with(whole=True),
            "Only the change is multiplied by α/r; the frozen layer stays as it is.",
        ),
        Misconception(
            "the change subtracted",
            output_with(scale=lambda alpha, A, B: -alpha / A.shape[0]),
            "You subtract the change. It is added to what the frozen layer gives.",
        ),
        Misconception(
            "the factor twice",
            output_with(scale=lambda alpha, A, B: (alpha / A.shape[0]) ** 2),
            "α/r stands there once, not once for A and once for B.",
        ),
        Misconception(
            "the change behind the base",
            lambda x, W, A, B, alpha: (
                x @ W.T + alpha / A.shape[0] * (x @ W.T) @ (B @ A)
                if W.shape[0] == W.shape[1]
                else x @ W.T * (1 + alpha / A.shape[0])
            ),
            "A reads x, the layer's input, not what the frozen layer gives.",
        ),
    ),
    hints=(
        "x A^T has the shape (N, r): all that the change knows of x are r numbers for each row.",
        "x @ A.T @ B.T has the shape of x @ W.T. The rank is A.shape[0].",
        "return x @ W.T + alpha / A.shape[0] * (x @ A.T @ B.T)",
    ),
    review="lesson 16, 'Change little: LoRA'",
)
