"""Lesson 15, exercise 7: the best size for a budget."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_number
from course_lib.checks.scaling.slots.compute_optimal import VARIANTS

Answer = Callable[[float, float, float, float, float], tuple[float, float]]


def balance(A: float, alpha: float, B: float, beta: float) -> float:
    """Hoffmann's G, whose powers say how N and D share the budget."""
    return (alpha * A / (beta * B)) ** (1 / (alpha + beta))


def compute_optimal(A: float, alpha: float, B: float, beta: float, flops: float) -> tuple[float, float]:
    """N and D with 6·N·D = flops and the least A/N^α + B/D^β."""
    N = balance(A, alpha, B, beta) * (flops / 6) ** (beta / (alpha + beta))
    return N, flops / 6 / N


def optimal_with(
    G: Callable[[float, float, float, float], float] = balance, pairs: float = 6.0, swapped: bool = False
) -> Answer:
    """`compute_optimal` with another G, another factor for flops, or the other exponent."""

    def mutant(A: float, alpha: float, B: float, beta: float, flops: float) -> tuple[float, float]:
        share = (alpha if swapped else beta) / (alpha + beta)
        N = G(A, alpha, B, beta) * (flops / pairs) ** share
        return N, flops / pairs / N

    return mutant


def tokens_without_six(A: float, alpha: float, B: float, beta: float, flops: float) -> tuple[float, float]:
    """D from N without the 6."""
    N, _ = compute_optimal(A, alpha, B, beta, flops)
    return N, flops / N


def cases(generator: torch.Generator) -> list[Case]:
    """Equal halves to do by hand, Chinchilla's law, and drawn ones."""

    def drawn() -> Case:
        A, B = drawn_number(generator, 20.0, 100.0), drawn_number(generator, 200.0, 4_000.0)
        alpha, beta = drawn_number(generator, 0.25, 0.4), drawn_number(generator, 0.42, 0.6)
        return Case((A, alpha, B, beta, 10 ** drawn_number(generator, 11, 14)), label="a drawn law")

    return [
        Case((10.0, 0.5, 10.0, 0.5, 6e8), label="both terms alike, 6·10⁸ operations"),
        Case((10.0, 0.5, 40.0, 0.5, 6e8), label="text counts four times, 6·10⁸ operations"),
        Case((406.4, 0.34, 410.7, 0.28, 5.76e23), label="Chinchilla's law and budget"),
        drawn(),
        drawn(),
    ]


EXERCISE = Exercise(
    name="compute_optimal",
    reference=compute_optimal,
    variants=VARIANTS,
    cases=cases,
    forbidden=("course_lib.scaling.ScalingLaw",),
    misconceptions=(
        Misconception(
            "the 6 forgotten",
            optimal_with(pairs=1.0),
            "A run takes 6·N·D operations, so N·D is flops / 6.",
        ),
        Misconception(
            "the 6 forgotten in the tokens",
            tokens_without_six,
            "Your N is right. D is what is left of the budget: flops / (6 N).",
        ),
        Misconception(
            "exponents swapped",
            optimal_with(swapped=True),
            "N grows with the power β/(α+β): the faster text helps (β), the more is left for parameters.",
        ),
        Misconception(
            "G upside down",
            optimal_with(lambda A, alpha, B, beta: 1 / balance(A, alpha, B, beta)),
            "G is (αA / βB)^(1/(α+β)): a large A asks for more parameters.",
        ),
        Misconception(
            "alpha and beta left out of G",
            optimal_with(lambda A, alpha, B, beta: (A / B) ** (1 / (alpha + beta))),
            "That makes the two terms equal. Equal must be what a little more of the budget saves in each: "
            "αA and βB, not A and B.",
        ),
        Misconception(
            "no root in G",
            optimal_with(lambda A, alpha, B, beta: alpha * A / (beta * B)),
            "G is αA/(βB) to the power of 1/(α+β).",
        ),
        Misconception(
            "no G",
            optimal_with(lambda A, alpha, B, beta: 1.0),
            "The power of the budget alone does not know A and B. Multiply by G.",
        ),
        Misconception(
            "half to each",
            lambda A, alpha, B, beta, flops: ((flops / 6) ** 0.5, (flops / 6) ** 0.5),
            "As many tokens as parameters is the best for a law with equal terms only.",
        ),
        Misconception(
            "twenty tokens per parameter",
            lambda A, alpha, B, beta, flops: ((flops / 120) ** 0.5, 20 * (flops / 120) ** 0.5),
            "Twenty tokens per parameter was found for one family of large models. Use the law that is given.",
        ),
        Misconception(
            "D before N",
            lambda *law: compute_optimal(*law)[::-1],
            "Return N first, then D.",
        ),
    ),
    hints=(
        "Put D = flops / (6 N) into A/N^α + B/D^β, and set the derivative by N to zero.",
        "It gives α A / N^α = β B / D^β: with N · D = flops / 6 these are two equations for two unknowns.",
        "G = (alpha * A / (beta * B)) ** (1 / (alpha + beta)); N = G * (flops / 6) ** (beta / (alpha + beta))",
    ),
    review="lesson 15, 'The best size for a budget'",
)
