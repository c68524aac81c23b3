"""Lesson 14, exercise 4: cut by column."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.parallel.inputs import drawn_size
from course_lib.checks.parallel.slots.column_parallel import VARIANTS


def column_parallel(x: Tensor, weight: Tensor, bias: Tensor, devices: int) -> list[Tensor]:
    """Device r computes its share of the outputs, from the whole input and its rows of `weight`."""
    shards = zip(weight.chunk(devices), bias.chunk(devices), strict=True)
    return [F.linear(x, own_weight, own_bias) for own_weight, own_bias in shards]


def column_with(
    piece: Callable[[Tensor, Tensor, Tensor, int, int], Tensor],
) -> Callable[[Tensor, Tensor, Tensor, int], list[Tensor]]:
    """Another way to compute piece r of N from (x, weight, bias, r, N)."""

    def mutant(x: Tensor, weight: Tensor, bias: Tensor, devices: int) -> list[Tensor]:
        return [piece(x, weight, bias, rank, devices) for rank in range(devices)]

    return mutant


def column_cases(generator: torch.Generator) -> list[Case]:
    """Two outputs to do by hand, a square layer on whose weight no shape error helps, and a drawn one."""

    def drawn(C: int, out: int, devices: int, *batch: int) -> Case:
        x, weight = torch.randn(*batch, C, generator=generator), torch.randn(out, C, generator=generator)
        bias = torch.randn(out, generator=generator)
        return Case((x, weight, bias, devices), label=f"{C} numbers in, {out} out, on {devices} devices")

    many = drawn_size(generator, 2, 5)
    by_hand = (torch.tensor([[1.0, 10.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([100.0, 200.0]), 2)
    return [
        Case(by_hand, label="2 numbers in, 2 out, on 2 devices"),
        drawn(4, 4, 2, 3),
        drawn(8, 12, 4, 2, 5),
        drawn(drawn_size(generator, 3, 9), many * drawn_size(generator, 2, 4), many, drawn_size(generator, 2, 5)),
    ]


EXERCISE = Exercise(
    name="column_parallel",
    reference=column_parallel,
    variants=VARIANTS,
    cases=column_cases,
    misconceptions=(
        Misconception(
            "weight cut along the input",
            column_with(lambda x, w, b, rank, n: F.linear(x.chunk(n, dim=-1)[rank], w.chunk(n, dim=1)[rank], b)),
            "That is the other cut, by row. nn.Linear keeps its weight as (out, in): a share of the outputs is a "
            "share of dimension 0.",
        ),
        Misconception(
            "only the weight cut along the input",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n, dim=1)[rank], b.chunk(n)[rank])),
            "You cut dimension 1 of the weight, and x no longer fits. nn.Linear keeps its weight as (out, in): a share "
            "of the outputs is a share of dimension 0.",
        ),
        Misconception(
            "bias forgotten",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank])),
            "Each device adds its own share of the bias to its own outputs.",
        ),
        Misconception(
            "bias on the first device only",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank]) + (b.chunk(n)[0] if not rank else 0)),
            "Each output is computed on one device, so its bias must be added there: the bias is cut as the weight.",
        ),
        Misconception(
            "every N-th output",
            column_with(lambda x, w, b, rank, n: F.linear(x, w[rank::n], b[rank::n])),
            "Device r should have neighbouring outputs, so that the pieces side by side are the layer's output.",
        ),
        Misconception(
            "whole output everywhere",
            column_with(lambda x, w, b, rank, n: F.linear(x, w, b)),
            "Every device does all the work. Each needs only its own rows of the weight.",
        ),
        Misconception(
            "weight not transposed",
            column_with(lambda x, w, b, rank, n: x @ w.chunk(n, dim=1)[rank] + b.chunk(n)[rank]),
            "A linear layer computes x Wᵀ: outputs belong to rows of W, dimension 0 of (out, in).",
        ),
        Misconception(
            "put together again",
            lambda x, w, b, n: F.linear(x, w, b),
            "Return a list with one piece for each device. What follows works on the pieces as they are.",
        ),
        Misconception(
            "whole bias on every device",
            column_with(lambda x, w, b, rank, n: x @ w.chunk(n)[rank].T + b),
            "Each device has a share of the outputs, and needs the bias of these outputs only: bias.chunk(devices).",
        ),
        Misconception(
            "bias divided by the number of devices",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank], b.chunk(n)[rank] / n)),
            "Each output is computed on one device only, so its bias is added once, whole.",
        ),
        Misconception(
            "the first share on every device",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[0], b.chunk(n)[0])),
            "All devices compute the first share of the outputs. Device r computes share r.",
        ),
        Misconception(
            "shares in reverse order",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[n - 1 - rank], b.chunk(n)[n - 1 - rank])),
            "The first device got the last outputs. Device r computes share r.",
        ),
        Misconception(
            "the first device's biases on every device",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank], b.chunk(n)[0])),
            "The weight is cut rightly, but every device adds the first share of the biases. Device r adds share r.",
        ),
        Misconception(
            "biases in another order",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank], b.roll(1).chunk(n)[rank])),
            "The weight is cut rightly, but the biases are moved: output o has bias o, on the same device.",
        ),
        Misconception(
            "biases in reverse order",
            column_with(lambda x, w, b, rank, n: F.linear(x, w.chunk(n)[rank], b.chunk(n)[n - 1 - rank])),
            "The weight is cut rightly, but the first device has the last biases. Device r adds share r.",
        ),
        Misconception(
            "bias subtracted",
            column_with(lambda x, w, b, rank, n: x @ w.chunk(n)[rank].T - b.chunk(n)[rank]),
            "The bias is added: x @ weight.T + bias.",
        ),
        Misconception(
            "the input cut as well",
            column_with(
                lambda x, w, b, rank, n: F.linear(
                    x[..., : x.shape[-1] // n], w.chunk(n)[rank][:, : x.shape[-1] // n], b.chunk(n)[rank]
                )
            ),
            "You use a part of the input only. Every device has the whole x, and multiplies it with its own rows of "
            "the weight.",
        ),
        Misconception(
            "the pieces added",
            lambda x, w, b, n: sum(column_parallel(x, w, b, n)),
            "You add the pieces. They are different outputs, and stay apart: a list with one for each device.",
        ),
    ),
    hints=(
        "Which numbers of the weight does the first half of the outputs depend on? And which of the bias?",
        "weight is (out, in). weight.chunk(devices) cuts dimension 0, the outputs; bias.chunk(devices) the same.",
        "[F.linear(x, w, b) for w, b in zip(weight.chunk(devices), bias.chunk(devices))]",
    ),
    review="lesson 14, section 3, 'A linear layer, cut by column'",
)
