"""Lesson 14, exercise 5: cut by row."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.parallel.inputs import AllReduce, drawn_size
from course_lib.checks.parallel.slots.row_parallel import VARIANTS


def row_parallel(pieces: Sequence[Tensor], weight: Tensor, bias: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device multiplies its piece of the input with its columns of `weight`; the sum is the output, plus bias."""
    shards = weight.chunk(len(pieces), dim=1)
    return all_reduce([piece @ own.T for piece, own in zip(pieces, shards, strict=True)]) + bias


def row_with(
    *,
    shards: Callable[[Tensor, int], Sequence[Tensor]] = lambda weight, devices: weight.chunk(devices, dim=1),
    finish: Callable[[list[Tensor], Tensor, AllReduce], Tensor],
) -> Callable[[Sequence[Tensor], Tensor, Tensor, AllReduce], Tensor]:
    """Another way to cut the weight, or to put the partial outputs together."""

    def mutant(pieces: Sequence[Tensor], weight: Tensor, bias: Tensor, all_reduce: AllReduce) -> Tensor:
        own = shards(weight, len(pieces))
        return finish([piece @ part.T for piece, part in zip(pieces, own, strict=True)], bias, all_reduce)

    return mutant


def rows_gathered(pieces: Sequence[Tensor], weight: Tensor, bias: Tensor, all_reduce: AllReduce) -> Tensor:
    """Right, but on one device: the pieces are carried together first."""
    return F.linear(torch.cat(list(pieces), dim=-1), weight, bias)


def reduced_one_by_one(parts: list[Tensor], bias: Tensor, all_reduce: AllReduce) -> Tensor:
    """The sum grows by an all-reduce for each device."""
    total = parts[0]
    for part in parts[1:]:
        total = all_reduce([total, part])
    return total + bias


def row_cases(generator: torch.Generator) -> list[Case]:
    """Two numbers on two devices to do by hand, a square layer, and a drawn one."""

    def drawn(hidden: int, out: int, devices: int, *batch: int) -> Case:
        pieces = [torch.randn(*batch, hidden // devices, generator=generator) for _ in range(devices)]
        weight, bias = torch.randn(out, hidden, generator=generator), torch.randn(out, generator=generator)
        return Case((pieces, weight, bias), label=f"{hidden} numbers in, {out} out, on {devices} devices")

    many = drawn_size(generator, 3, 5)
    halves, weight = [torch.tensor([[1.0]]), torch.tensor([[10.0]])], torch.tensor([[2.0, 3.0], [4.0, 5.0]])
    return [
        Case((halves, weight, torch.tensor([100.0, 200.0])), label="2 numbers in, 2 out, on 2 devices"),
        drawn(4, 4, 2, 3),
        drawn(12, 8, 4, 2, 5),
        drawn(many * drawn_size(generator, 2, 4), drawn_size(generator, 3, 9), many, drawn_size(generator, 2, 5)),
    ]


EXERCISE = Exercise(
    name="row_parallel",
    reference=row_parallel,
    variants=VARIANTS,
    cases=row_cases,
    drive=drive.call_with_all_reduce,
    misconceptions=(
        Misconception(
            "bias on every device",
            row_with(finish=lambda parts, bias, all_reduce: all_reduce([part + bias for part in parts])),
            "Each device adds the bias, and the all-reduce adds them up: it is in the sum N times. Add it once, "
            "after the all-reduce.",
        ),
        Misconception(
            "bias forgotten",
            row_with(finish=lambda parts, bias, all_reduce: all_reduce(parts)),
            "The sum of the partial products is x Wᵀ; the bias is still missing.",
        ),
        Misconception(
            "mean in place of sum",
            row_with(finish=lambda parts, bias, all_reduce: all_reduce(parts) / len(parts) + bias),
            "A dot product is a sum over all inputs, and each device has some of its terms: add them. Dividing by "
            "N would "
            "take the bias back to once, but the products with it.",
        ),
        Misconception(
            "outputs side by side",
            row_with(finish=lambda parts, bias, all_reduce: torch.cat([part + bias for part in parts], dim=-1)),
            "Cut by row, each device has a part of every output's sum, not some of the outputs: add, don't join.",
        ),
        Misconception(
            "no all-reduce",
            rows_gathered,
            "The result is right, but nothing went through all_reduce, as if one device had all the pieces. Each "
            "multiplies its own piece with its own columns, and all_reduce(parts) adds what they found.",
        ),
        Misconception(
            "weight not transposed",
            row_with(
                shards=lambda weight, devices: weight.T.chunk(devices, dim=1),
                finish=lambda parts, bias, all_reduce: all_reduce(parts) + bias,
            ),
            "nn.Linear keeps its weight as (out, in) and computes x Wᵀ: the inputs are dimension 1. Cut that one.",
        ),
        Misconception(
            "weight cut along the output",
            row_with(
                shards=lambda weight, devices: weight.chunk(devices),
                finish=lambda parts, bias, all_reduce: all_reduce(parts) + bias,
            ),
            "You cut dimension 0, the outputs, and a piece of the inputs no longer fits: weight.chunk(N, dim=1).",
        ),
        Misconception(
            "never summed",
            row_with(finish=lambda parts, bias, all_reduce: parts[0] + bias),
            "That is what the first device alone has. Without the all-reduce the others' terms are missing.",
        ),
        Misconception(
            "an all-reduce for each device",
            row_with(finish=reduced_one_by_one),
            "The result is right, but you all-reduce again for each device. One all-reduce of all partial outputs "
            "does it: "
            "all_reduce(parts), with a part from each device.",
        ),
        Misconception(
            "the largest in place of the sum",
            row_with(finish=lambda parts, bias, all_reduce: all_reduce(parts, "max") + bias),
            'A dot product is a sum over all inputs: all_reduce(parts), which adds, not "max".',
        ),
        Misconception(
            "every N-th column",
            row_with(
                shards=lambda weight, devices: [weight[:, rank::devices] for rank in range(devices)],
                finish=lambda parts, bias, all_reduce: all_reduce(parts) + bias,
            ),
            "Device r's piece holds neighbouring inputs, so it needs neighbouring columns: weight.chunk(N, dim=1).",
        ),
        Misconception(
            "the bias on one device and after the sum",
            row_with(finish=lambda parts, bias, all_reduce: all_reduce([*parts[:-1], parts[-1] + bias]) + bias),
            "The bias is in the output twice: a device adds it before the all-reduce, and it is added once more "
            "after it.",
        ),
        Misconception(
            "the first share for every piece",
            row_with(
                shards=lambda weight, devices: [weight.chunk(devices, dim=1)[0]] * devices,
                finish=lambda parts, bias, all_reduce: all_reduce(parts) + bias,
            ),
            "All devices multiply by the first columns of the weight. Piece r belongs to the r-th share of the "
            "columns.",
        ),
    ),
    hints=(
        "The first output by hand is 2 · 1 + 3 · 10: which device can compute which term? Who needs the sum?",
        "weight.chunk(N, dim=1) gives each device the columns for its inputs. Multiply, and all_reduce the products.",
        "all_reduce([x @ w.T for x, w in zip(pieces, weight.chunk(len(pieces), dim=1))]) + bias",
    ),
    review="lesson 14, section 3, 'And cut by row'",
)
