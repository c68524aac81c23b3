"""Exercise 2 of lesson 10: the table of angles."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.rotation_table import VARIANTS
from course_lib.llama import (
    precompute_rope,
    rope_frequencies,
)


def rotation_table(head_dim: int, seq_len: int, theta: float) -> tuple[Tensor, Tensor]:
    """cos and sin of position · θ^(−2i/D), each (T, D/2)."""
    return precompute_rope(head_dim, seq_len, theta)


def table_with(
    *,
    frequencies: Callable[[int, float], Tensor] = rope_frequencies,
    first: int = 0,
    result: Callable[[Tensor], tuple[Tensor, Tensor]] = lambda angles: (angles.cos(), angles.sin()),
) -> Callable[[int, int, float], tuple[Tensor, Tensor]]:
    """`rotation_table` with one of its steps replaced. first: the first position."""

    def mutant(head_dim: int, seq_len: int, theta: float) -> tuple[Tensor, Tensor]:
        positions = torch.arange(first, first + seq_len).float()
        return result(torch.outer(positions, frequencies(head_dim, theta)))

    return mutant


def table_cases(generator: torch.Generator) -> list[Case]:
    """One pair, two pairs with round speeds, and a drawn size."""
    pairs, T = drawn_size(generator, 3, 8), drawn_size(generator, 5, 20)
    theta = float(torch.randint(20, 900, (1,), generator=generator))
    return [
        Case((2, 3, 100.0), label="one pair: 0, 1 and 2 radians"),
        Case((4, 3, 100.0), label="two pairs: 1 and 0.1 radians a token"),
        Case((2 * pairs, T, theta), label=f"D = {2 * pairs}, {T} positions, θ = {theta:g}"),
    ]


EXERCISE = Exercise(
    name="rotation_table",
    reference=rotation_table,
    variants=VARIANTS,
    cases=table_cases,
    forbidden=("course_lib.llama.precompute_rope", "course_lib.llama.rope_frequencies"),
    misconceptions=(
        Misconception(
            "exponent half as large",
            table_with(frequencies=lambda D, theta: theta ** (-torch.arange(D // 2) / D)),
            "The exponent is 2i/D for i = 0, 1, …; yours is i/D. Note that torch.arange(0, D, 2) is 2i already.",
        ),
        Misconception(
            "exponent twice as large",
            table_with(frequencies=lambda D, theta: theta ** (-2 * torch.arange(0, D, 2) / D)),
            "torch.arange(0, D, 2) is 2i already, so 2i/D is arange / D. Yours doubles it.",
        ),
        Misconception(
            "exponent positive",
            table_with(frequencies=lambda D, theta: theta ** (torch.arange(0, D, 2) / D)),
            "The speeds fall from 1 radian a token: θ to the power of minus 2i/D.",
        ),
        Misconception(
            "positions counted from 1",
            table_with(first=1),
            "The first token stands at position 0 and is not turned at all: its cosines are 1.",
        ),
        Misconception(
            "cos and sin swapped",
            table_with(result=lambda angles: (angles.sin(), angles.cos())),
            "Return the cosines first.",
        ),
        Misconception(
            "each angle twice",
            table_with(
                result=lambda angles: (torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin())
            ),
            "There are D/2 pairs and so D/2 angles a position. Some libraries keep each angle twice; not here.",
        ),
        Misconception(
            "each angle twice in a row",
            table_with(
                result=lambda angles: (angles.repeat_interleave(2, -1).cos(), angles.repeat_interleave(2, -1).sin())
            ),
            "There are D/2 pairs and so D/2 angles a position. You give each of them twice.",
        ),
        Misconception(
            "pairs by positions",
            table_with(result=lambda angles: (angles.T.cos(), angles.T.sin())),
            "Your tables are (D/2, T). A row is a position: (T, D/2).",
        ),
        Misconception(
            "base 10,000 whatever theta is",
            table_with(frequencies=lambda D, theta: rope_frequencies(D, 10_000.0)),
            "You compute with a base of 10,000. The base is the argument theta.",
        ),
        Misconception(
            "the last pair at 1/θ",
            table_with(frequencies=lambda D, theta: theta ** (-torch.arange(D // 2) / (D // 2 - 1))),
            "You divide by D/2 − 1, so that the last pair has θ^−1. The exponent is −2i/D, which does not get there.",
        ),
        Misconception(
            "exponent not divided by D",
            table_with(frequencies=lambda D, theta: theta ** -torch.arange(D // 2).float()),
            "The exponent is −2i/D: divided by the head size. Yours makes all pairs but the first stand still.",
        ),
        Misconception(
            "the angles themselves",
            table_with(result=lambda angles: (angles, angles)),
            "These are the angles. Return their cosines and their sines.",
        ),
        Misconception(
            "pairs counted from 1",
            table_with(frequencies=lambda D, theta: theta ** (-torch.arange(2, D + 2, 2) / D)),
            "i begins at 0: the first pair turns by θ^0 = 1 radian a token.",
        ),
        Misconception(
            "a turn for a radian",
            table_with(frequencies=lambda D, theta: 2 * math.pi * rope_frequencies(D, theta)),
            "θ^(−2i/D) is in radians per token already: no 2π. With it the first pair makes a whole turn at each "
            "token, and never moves.",
        ),
    ),
    hints=(
        "Speeds first: D/2 numbers, from 1 downwards. Then each position times each speed.",
        "speeds = theta ** (-torch.arange(0, head_dim, 2) / head_dim); torch.outer makes the table of products.",
        "angles = torch.outer(torch.arange(seq_len).float(), speeds); return angles.cos(), angles.sin()",
    ),
    review="lesson 10, 'Many speeds'",
)
