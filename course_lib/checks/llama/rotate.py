"""Exercise 3 of lesson 10: the rotation."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.rotate import VARIANTS
from course_lib.llama import (
    apply_rope,
    apply_rope_interleaved,
    precompute_rope,
)


def rotate_with(turn: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """`apply_rope` with another way to turn the halves (first, second, cos, sin)."""

    def mutant(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=-1)
        return turn(first, second, cos, sin)

    return mutant


def second_from_the_turned_first(first: Tensor, second: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The first number is overwritten before the second is computed from it."""
    first = first * cos - second * sin
    return torch.cat([first, second * cos + first * sin], dim=-1)


def angles_of_neighbours(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Halves are paired, and each angle stands twice in a row, as neighbours would want it."""
    first, second = x.chunk(2, dim=-1)
    turned = torch.cat([-second, first], dim=-1)
    return x * cos.repeat_interleave(2, dim=-1) + turned * sin.repeat_interleave(2, dim=-1)


def rotation_cases(generator: torch.Generator) -> list[Case]:
    """A quarter of a turn, then two pairs of which one stands still, then drawn ones."""
    zero, one = torch.zeros(1, 1), torch.ones(1, 1)

    def drawn(*shape: int) -> Case:
        x = torch.randn(shape, generator=generator)
        cos, sin = precompute_rope(shape[-1], shape[-2], theta=50.0)
        return Case((x, cos, sin), label=f"x of shape {shape}")

    still = (torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]]))
    return [
        Case((torch.tensor([[1.0, 0.0]]), zero, one), label="one pair, a quarter of a turn"),
        Case((torch.tensor([[1.0, 2.0, 3.0, 4.0]]), *still), label="two pairs: a quarter of a turn, and none"),
        drawn(3, 4),
        drawn(2, 3, 5, 8),
        drawn(drawn_size(generator, 1, 4), drawn_size(generator, 3, 9), 2 * drawn_size(generator, 2, 6)),
    ]


def lengths_are_kept(call: Call, generator: torch.Generator) -> None:
    """A rotation makes nothing longer or shorter."""
    x = torch.randn(6, 8, generator=generator)
    cos, sin = precompute_rope(8, 6, theta=50.0)
    if not torch.allclose(call(x, cos, sin).norm(dim=-1), x.norm(dim=-1), atol=1e-4):
        raise Failed("a rotated vector should be as long as before; here the lengths change")


def scores_depend_on_distance(call: Call, generator: torch.Generator) -> None:
    """Query and key moved along together have the same score."""
    q, k = torch.randn(2, 8, generator=generator)
    cos, sin = precompute_rope(8, 10, theta=50.0)
    turned_q, turned_k = call(q.repeat(10, 1), cos, sin), call(k.repeat(10, 1), cos, sin)
    near, far = (turned_q[5] @ turned_k[2]).item(), (turned_q[9] @ turned_k[6]).item()
    if not math.isclose(near, far, abs_tol=1e-3):
        raise Failed(f"positions 5 and 2 should score as 9 and 6, three apart; yours give {near:.4f} and {far:.4f}")


EXERCISE = Exercise(
    name="rotate",
    reference=apply_rope,
    variants=VARIANTS,
    cases=rotation_cases,
    forbidden=("course_lib.llama.apply_rope_interleaved",),
    properties=(
        Property("lengths stay as they are", lengths_are_kept),
        Property("a score depends on the distance alone", scores_depend_on_distance),
    ),
    misconceptions=(
        Misconception(
            "neighbours paired",
            apply_rope_interleaved,
            "You pair x_0 with x_1, as the paper does. Here the halves are paired: x_0 with x_{D/2}.",
        ),
        Misconception(
            "turned backwards",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * cos + b * sin, b * cos - a * sin], dim=-1)),
            "The minus sign belongs to the first number: a·cos − b·sin, and then b·cos + a·sin.",
        ),
        Misconception(
            "no minus sign",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * cos + b * sin, b * cos + a * sin], dim=-1)),
            "Without a minus it is not a rotation, and lengths change: the first number is a·cos − b·sin.",
        ),
        Misconception(
            "put back as neighbours",
            rotate_with(lambda a, b, cos, sin: torch.stack([a * cos - b * sin, b * cos + a * sin], dim=-1).flatten(-2)),
            "The pairs are turned rightly but put back in another order: first all first numbers, then all second.",
        ),
        Misconception(
            "first number overwritten",
            rotate_with(second_from_the_turned_first),
            "The second number is computed from the first one that you have turned already. Keep the old one.",
        ),
        Misconception(
            "cos and sin swapped",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * sin - b * cos, b * sin + a * cos], dim=-1)),
            "At position 0 the angle is 0, cos is 1 and nothing may change: a·cos − b·sin.",
        ),
        Misconception(
            "halves in the wrong order",
            rotate_with(lambda a, b, cos, sin: torch.cat([b * cos + a * sin, a * cos - b * sin], dim=-1)),
            "The halves are turned rightly and put back in the wrong order: first a·cos − b·sin, then b·cos + a·sin.",
        ),
        Misconception(
            "only the first half turned",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * cos - b * sin, b], dim=-1)),
            "A rotation moves both numbers of a pair: the second becomes b·cos + a·sin.",
        ),
        Misconception(
            "angles of neighbours",
            angles_of_neighbours,
            "The halves are paired, but the angles lie as for neighbours. Number i and number i + D/2 turn by the "
            "same angle i.",
        ),
        Misconception(
            "only multiplied by the cosine",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * cos, b * cos], dim=-1)),
            "That makes vectors shorter. A rotation mixes the two numbers of a pair: a·cos − b·sin and b·cos + a·sin.",
        ),
        Misconception(
            "minus in both",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * cos - b * sin, b * cos - a * sin], dim=-1)),
            "The minus sign belongs to the first number only: a·cos − b·sin, and then b·cos + a·sin.",
        ),
        Misconception(
            "neighbours paired, put back as halves",
            lambda x, cos, sin: torch.cat(
                [x[..., ::2] * cos - x[..., 1::2] * sin, x[..., 1::2] * cos + x[..., ::2] * sin], dim=-1
            ),
            "You pair x_0 with x_1. Here the halves are paired: x_0 with x_{D/2}.",
        ),
        Misconception(
            "only the sine used",
            rotate_with(lambda a, b, cos, sin: torch.cat([a - b * sin, b + a * sin], dim=-1)),
            "Each number is multiplied by the cosine too: a·cos − b·sin, and b·cos + a·sin.",
        ),
        Misconception(
            "rotated in one sum",
            rotate_with(lambda a, b, cos, sin: a * cos - b * sin + b * cos + a * sin),
            "You add the two turned halves. They are put side by side, torch.cat([…], dim=-1), so that there are D "
            "numbers again.",
        ),
        Misconception(
            "joined below each other",
            rotate_with(lambda a, b, cos, sin: torch.cat([a * cos - b * sin, b * cos + a * sin], dim=0)),
            "The two turned halves are joined along dimension 0. They are the halves of each row: dim=-1.",
        ),
    ),
    hints=(
        "Take the pair (1, 0) and a quarter of a turn, cos = 0 and sin = 1. Where does it point afterwards?",
        "first, second = x.chunk(2, dim=-1): two halves of D/2 numbers, and number i of each makes a pair.",
        "torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)",
    ),
    review="lesson 10, 'RoPE: positions as rotations'",
)
