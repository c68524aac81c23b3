"""Lesson 18, exercise 6: one step of Newton–Schulz."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.modern.inputs import drawn_size
from course_lib.checks.modern.slots.newton_schulz_step import VARIANTS

A, B, C = 3.4445, -4.7750, 2.0315


def newton_schulz_step(x: Tensor) -> Tensor:
    """a x + b (x xᵀ) x + c (x xᵀ)² x."""
    gram = x @ x.T
    return A * x + (B * gram + C * gram @ gram) @ x


def step_with(by: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Another formula of x and x xᵀ."""
    return lambda x: by(x, x @ x.T)


def five_steps(x: Tensor) -> Tensor:
    """The whole iteration."""
    for _ in range(5):
        x = newton_schulz_step(x)
    return x


def step_cases(generator: torch.Generator) -> list[Case]:
    """One number, a diagonal that shows the polynomial, and drawn matrices with singular values below 1."""
    m, n = drawn_size(generator, 2, 5), drawn_size(generator, 5, 8)

    def drawn(*shape: int) -> Tensor:
        x = torch.randn(shape, generator=generator)
        return x / x.norm()

    return [
        Case((torch.tensor([[0.5]]),), label="the 1×1 matrix 0.5"),
        Case((torch.diag(torch.tensor([1.0, 0.1])),), label="a diagonal with 1 and 0.1"),
        Case((torch.tensor([[0.0, 0.5], [0.0, 0.0]]),), label="0.5 in the corner: not symmetric"),
        Case((drawn(3, 3),), label="a 3×3 matrix"),
        Case((drawn(m, n),), label=f"a {m}×{n} matrix"),
    ]


def directions_stay(call: Call, generator: torch.Generator) -> None:
    """Turning the rows before or after the step is the same."""
    x = torch.randn(4, 6, generator=generator) / 6
    turn = torch.linalg.qr(torch.randn(4, 4, generator=generator)).Q
    if not torch.allclose(call(turn @ x), turn @ call(x), atol=1e-5):
        raise Failed("a step should change singular values alone: turned first or last, the result is the same")


EXERCISE = Exercise(
    name="newton_schulz_step",
    reference=newton_schulz_step,
    variants=VARIANTS,
    cases=step_cases,
    forbidden=(
        "course_lib.modern.newton_schulz_step",
        "course_lib.modern.muon.newton_schulz_step",
        "torch.optim.Muon",
    ),
    properties=(Property("directions stay", directions_stay),),
    misconceptions=(
        Misconception(
            "five steps",
            five_steps,
            "That is all of Muon's iteration. Asked for is one step.",
        ),
        Misconception(
            "a seventh power",
            step_with(lambda x, gram: A * x + (B * gram + C * gram @ gram @ gram) @ x),
            "(x xᵀ)² x is a fifth power. Yours has x xᵀ once too often.",
        ),
        Misconception(
            "rounded coefficients",
            step_with(lambda x, gram: 3.4 * x + (-4.8 * gram + 2.0 * gram @ gram) @ x),
            "The coefficients are 3.4445, −4.7750 and 2.0315, all digits.",
        ),
        Misconception(
            "powers of each number",
            lambda x: A * x + B * x**3 + C * x**5,
            "You raise each number to a power. The powers are matrix products: x xᵀ x for the third, not x**3.",
        ),
        Misconception(
            "without the fifth power",
            step_with(lambda x, gram: A * x + B * gram @ x),
            "The term c (x xᵀ)² x is missing.",
        ),
        Misconception(
            "without the third power",
            step_with(lambda x, gram: A * x + C * gram @ gram @ x),
            "The term b (x xᵀ) x is missing.",
        ),
        Misconception(
            "without x itself",
            step_with(lambda x, gram: (B * gram + C * gram @ gram) @ x),
            "The term a x is missing: the whole step starts from it.",
        ),
        Misconception(
            "second and fourth powers",
            step_with(lambda x, gram: A * x + (B * gram + C * gram @ gram) @ torch.ones_like(x)),
            "The brackets are multiplied by x: odd powers alone keep the directions.",
        ),
        Misconception(
            "the square of each number",
            step_with(lambda x, gram: A * x + (B * gram + C * gram**2) @ x),
            "gram**2 squares each number. The square of a matrix is gram @ gram.",
        ),
        Misconception(
            "b positive",
            step_with(lambda x, gram: A * x + (-B * gram + C * gram @ gram) @ x),
            "b is negative: without it large singular values would explode.",
        ),
        Misconception(
            "b and c exchanged",
            step_with(lambda x, gram: A * x + (C * gram + B * gram @ gram) @ x),
            "b belongs to the third power, and c to the fifth.",
        ),
        Misconception(
            "the classical coefficients",
            step_with(lambda x, gram: 1.5 * x - 0.5 * gram @ x),
            "That is the classical step, 3/2 and −1/2. It converges, but slowly: Muon's has a, b and c.",
        ),
        Misconception(
            "one power too many",
            step_with(lambda x, gram: A * x + (B * gram @ gram + C * gram @ gram @ gram) @ x),
            "Your powers are five and seven. b belongs to x xᵀ x, c to (x xᵀ)² x.",
        ),
        Misconception(
            "divided by the norm again",
            lambda x: newton_schulz_step(x / x.norm()),
            "x is divided by its norm here. That is done once, before the first step.",
        ),
        Misconception(
            "a forgotten",
            step_with(lambda x, gram: x + (B * gram + C * gram @ gram) @ x),
            "The first term is a·x, with a = 3.4445; yours is x.",
        ),
        Misconception(
            "c with x xᵀ once",
            step_with(lambda x, gram: A * x + (B * gram + C * gram) @ x),
            "c stands with (x xᵀ)², the product of x xᵀ with itself; yours is x xᵀ once.",
        ),
        Misconception(
            "xᵀ x on the left",
            lambda x: A * x + (B * x.T @ x + C * x.T @ x @ x.T @ x) @ x,
            "On the left of x stands x xᵀ, of (m, m). xᵀ x would stand on its right.",
        ),
    ),
    hints=(
        "x xᵀ is a small square matrix. Call it gram: it stands in both terms.",
        "(x xᵀ) x is gram @ x, and (x xᵀ)² x is gram @ gram @ x.",
        "3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x",
    ),
    review="lesson 18, 'Muon: every direction the same'",
)
