"""Lesson 14, exercise 1: reduce-scatter."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.parallel.inputs import drawn_size, drawn_tensors, whole_sum
from course_lib.checks.parallel.slots.reduce_scatter import VARIANTS


def reduce_scatter(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Device r keeps part r of the sum."""
    return list(sum(tensors, torch.zeros_like(tensors[0])).chunk(len(tensors)))


def scatter_with(part: Callable[[Sequence[Tensor], int], Tensor]) -> Callable[[Sequence[Tensor]], list[Tensor]]:
    """`reduce_scatter` in which device r keeps something else."""

    def mutant(tensors: Sequence[Tensor]) -> list[Tensor]:
        return [part(tensors, rank) for rank in range(len(tensors))]

    return mutant


def scatter_cases(generator: torch.Generator) -> list[Case]:
    """Two devices to do by hand, then three parts of two numbers, then drawn sizes; one device is a case too."""
    by_hand = [torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])]
    many, size = drawn_size(generator, 2, 6), drawn_size(generator, 2, 5)
    return [
        Case((by_hand,), label="2 devices with 2 numbers each"),
        Case((drawn_tensors(generator, 3, 6),), label="3 devices with 6 numbers each"),
        Case((drawn_tensors(generator, 4, 8, 3),), label="4 devices with tensors of shape (8, 3)"),
        Case((drawn_tensors(generator, many, many * size, 2),), label=f"{many} devices, parts of {size} rows"),
        Case((drawn_tensors(generator, 1, 4),), label="a single device"),
    ]


EXERCISE = Exercise(
    name="reduce_scatter",
    reference=reduce_scatter,
    variants=VARIANTS,
    cases=scatter_cases,
    misconceptions=(
        Misconception(
            "nothing reduced",
            scatter_with(lambda tensors, rank: tensors[rank].chunk(len(tensors))[rank]),
            "Device r keeps part r of its own tensor. It should keep part r of the sum over all devices.",
        ),
        Misconception(
            "the whole sum everywhere",
            scatter_with(lambda tensors, rank: whole_sum(tensors)),
            "That is an all-reduce. After a reduce-scatter device r holds part r of the sum and nothing else.",
        ),
        Misconception(
            "mean in place of sum",
            scatter_with(lambda tensors, rank: (whole_sum(tensors) / len(tensors)).chunk(len(tensors))[rank]),
            "Reduce means add here. Whoever wants the mean divides by the number of devices.",
        ),
        Misconception(
            "everyone keeps the first part",
            scatter_with(lambda tensors, rank: whole_sum(tensors).chunk(len(tensors))[0]),
            "Every device keeps part 0. Device r should keep part r, or the rest of the sum is lost.",
        ),
        Misconception(
            "parts exchanged, not added",
            scatter_with(lambda tensors, rank: torch.cat([t.chunk(len(tensors))[rank] for t in tensors])),
            "Device r got part r of every tensor: that is an all-to-all. Now add them.",
        ),
        Misconception(
            "parts in reverse order",
            lambda tensors: reduce_scatter(tensors)[::-1],
            "The first device got the last part of the sum. Device r keeps part r.",
        ),
        Misconception(
            "every N-th number",
            scatter_with(lambda tensors, rank: whole_sum(tensors)[rank :: len(tensors)]),
            "A part is made of neighbours: cut the sum into N pieces with chunk, in place of taking every N-th number.",
        ),
        Misconception(
            "cut along the last dimension",
            lambda tensors: list(whole_sum(tensors).chunk(len(tensors), dim=-1)),
            "The first dimension is the one that is cut: chunk(N), which is chunk(N, dim=0).",
        ),
        Misconception(
            "parts of N",
            lambda tensors: list(whole_sum(tensors).split(len(tensors))),
            "split(N) makes parts of size N. Wanted are N parts: chunk(N).",
        ),
        Misconception(
            "own tensor left out",
            scatter_with(lambda tensors, rank: (whole_sum(tensors) - tensors[rank]).chunk(len(tensors))[rank]),
            "Device r has added what the others have, but not its own numbers. The sum is over all devices.",
        ),
        Misconception(
            "one tensor for all",
            whole_sum,
            "Return a list with what each device holds. You return the sum in one piece.",
        ),
        Misconception(
            "the largest for the sum",
            lambda tensors: list(torch.stack(list(tensors)).amax(dim=0).chunk(len(tensors))),
            "You keep the largest number of all devices. Reduce means add here.",
        ),
        Misconception(
            "each part added up",
            scatter_with(lambda tensors, rank: whole_sum(tensors).chunk(len(tensors))[rank].sum()),
            "You add up within the part as well. Device r keeps part r of the sum, number by number.",
        ),
        Misconception(
            "cut in two",
            lambda tensors: list(whole_sum(tensors).chunk(2)),
            "There are as many parts as devices: chunk(len(tensors)), not chunk(2).",
        ),
    ),
    hints=(
        "What is the sum of all tensors? And which part of it belongs to device 1?",
        "Add the tensors first. tensor.chunk(N) then cuts the sum into N parts along the first dimension.",
        "return list(sum(tensors).chunk(len(tensors)))",
    ),
    review="lesson 14, section 1, 'Three collectives'",
)
