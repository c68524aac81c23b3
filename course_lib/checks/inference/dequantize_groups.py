"""Lesson 19, exercise 2: from numbers in groups back to weights."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.inference.inputs import drawn_size
from course_lib.checks.inference.slots.dequantize_groups import VARIANTS

Answer = Callable[[Tensor, Tensor, Tensor], Tensor]


def dequantize_groups(numbers: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
    """(numbers − zero) · scale, each row in groups that have a scale and a zero point each: (out, in)."""
    return with_values(lambda n, s, z: (n - z) * s)(numbers, scale, zero)


def with_values(value: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Answer:
    """Another formula for a number n, its scale s and its zero point z, all in float32."""

    def mutant(numbers: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
        size = numbers.shape[1] // scale.shape[1]
        s, z = scale.repeat_interleave(size, dim=1), zero.float().repeat_interleave(size, dim=1)
        return value(numbers.float(), s, z)

    return mutant


def with_places(spread: Callable[[Tensor, int], Tensor]) -> Answer:
    """Another way to spread (out, groups) over the numbers of a row: spread(groups, group size)."""

    def mutant(numbers: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
        size = numbers.shape[1] // scale.shape[1]
        return (numbers.float() - spread(zero.float(), size)) * spread(scale, size)

    return mutant


def drawn_case(generator: torch.Generator, out: int, groups: int, size: int) -> Case:
    """Numbers, scales and zero points of the whole range that 8 bits have."""
    numbers = torch.randint(-128, 128, (out, groups * size), generator=generator).to(torch.int8)
    zero = torch.randint(-100, 101, (out, groups), generator=generator).to(torch.int8)
    scale = 0.01 + torch.rand(out, groups, generator=generator)
    return Case((numbers, scale, zero), label=f"({out}, {groups * size}) in groups of {size}")


def dequantize_cases(generator: torch.Generator) -> list[Case]:
    """One group, two groups, zero points, far numbers, drawn ones."""

    def case(numbers: list[int], scale: list[float], zero: list[int], label: str) -> Case:
        eight = torch.int8
        return Case(
            (torch.tensor([numbers], dtype=eight), torch.tensor([scale]), torch.tensor([zero], dtype=eight)),
            label=label,
        )

    return [
        case([4, -2], [0.5], [0], "one group, zero point 0"),
        case([4, -2, 3, 1], [0.5, 10.0], [0, 0], "two groups, zero points 0"),
        case([4, -2], [0.5], [3], "one group, zero point 3"),
        case([100, -28], [0.01], [-128], "100 and a zero point of −128"),
        drawn_case(generator, 3, 2, drawn_size(generator, 3, 5)),
        drawn_case(generator, drawn_size(generator, 2, 5), 4, 3),
    ]


EXERCISE = Exercise(
    name="dequantize_groups",
    reference=dequantize_groups,
    variants=VARIANTS,
    cases=dequantize_cases,
    forbidden=("course_lib.inference.dequantize",),
    misconceptions=(
        Misconception(
            "the zero point ignored",
            with_values(lambda n, s, z: n * s),
            "A weight of 0 is stored as the number `zero`. Subtract it before you multiply.",
        ),
        Misconception(
            "the zero point added",
            with_values(lambda n, s, z: (n + z) * s),
            "The number `zero` must become a weight of 0: subtract it.",
        ),
        Misconception(
            "the zero point subtracted after the scale",
            with_values(lambda n, s, z: n * s - z),
            "The zero point counts steps, as the numbers do. Subtract it first, and multiply the difference.",
        ),
        Misconception(
            "divided by the scale",
            with_values(lambda n, s, z: (n - z) / s),
            "Quantizing divides by the scale; the way back multiplies.",
        ),
        Misconception(
            "the difference upside down",
            with_values(lambda n, s, z: (z - n) * s),
            "It is number − zero; yours has each weight's sign changed.",
        ),
        Misconception(
            "subtracted in 8 bits",
            lambda numbers, scale, zero: (
                (numbers - zero.repeat_interleave(numbers.shape[1] // scale.shape[1], dim=1)).float()
                * scale.repeat_interleave(numbers.shape[1] // scale.shape[1], dim=1)
            ),
            "100 − (−128) = 228 does not fit into int8 and becomes −28. Convert to floating point before you subtract.",
        ),
        Misconception(
            "groups dealt out in turn",
            with_places(lambda groups, size: groups.repeat(1, size)),
            "A group is a run of neighbours: 0 0 0 1 1 1, and not 0 1 0 1 0 1. Use repeat_interleave, or view.",
        ),
        Misconception(
            "the first group's scale for the whole row",
            with_places(lambda groups, size: groups[:, :1]),
            "Each group has its own scale and zero point; yours takes the first for the whole row.",
        ),
        Misconception(
            "the first row's groups for all rows",
            with_places(lambda groups, size: groups[:1].repeat_interleave(size, dim=1)),
            "Each row has its own groups; yours takes those of the first row.",
        ),
        Misconception(
            "the mean scale",
            with_places(lambda groups, size: groups.mean(dim=1, keepdim=True)),
            "Each group has its own scale and zero point; a mean fits none of them.",
        ),
        Misconception(
            "left in groups",
            lambda numbers, scale, zero: dequantize_groups(numbers, scale, zero).view(*scale.shape, -1),
            "Put the groups side by side again: the result has the shape of the numbers, (out, in).",
        ),
    ),
    hints=(
        "How many neighbours share a scale? The row has `in` numbers and as many scales as `scale.shape[1]`.",
        "View the numbers as (out, groups, in // groups): then scale[..., None] fits against them.",
        "(numbers.view(out, groups, -1).float() - zero[..., None].float()) * scale[..., None], then flatten(1)",
    ),
    review="lesson 19, 'Groups'",
)
