"""Lesson 13, exercise 4: three projections in one."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.pretrained.slots.separate_qkv import VARIANTS

Pair = tuple[Tensor, Tensor]


def separate_qkv(weight: Tensor, bias: Tensor) -> tuple[Pair, Pair, Pair]:
    """GPT-2's c_attn, (C, 3C) and (3C,), as three pairs (C, C) and (C,) for `nn.Linear`."""
    return split_with()(weight, bias)


def cut_columns(weight: Tensor) -> list[Tensor]:
    """The three parts side by side, each turned to (out, in)."""
    return [part.T for part in weight.chunk(3, dim=1)]


def in_three(parts: Sequence[Tensor], *, turned: bool = True) -> list[Tensor]:
    """The three parts, as unpacking them wants it."""
    q, k, v = parts
    return [part.T if turned else part for part in (q, k, v)]


def split_with(
    cut: Callable[[Tensor], Sequence[Tensor]] = cut_columns,
    cut_bias: Callable[[Tensor], Sequence[Tensor]] = lambda bias: bias.chunk(3),
    order: tuple[int, int, int] = (0, 1, 2),
) -> Callable[[Tensor, Tensor], tuple[Pair, Pair, Pair]]:
    """`separate_qkv` cut otherwise."""

    def mutant(weight: Tensor, bias: Tensor) -> tuple[Pair, Pair, Pair]:
        weights, biases = cut(weight), cut_bias(bias)
        q, k, v = ((weights[i], biases[i]) for i in order)
        return q, k, v

    return mutant


def split_cases(generator: torch.Generator) -> list[Case]:
    """Numbers that say whose they are; a width that three does not divide; drawn ones."""
    told_apart = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]])

    def drawn(C: int) -> Case:
        weight, bias = torch.randn(C, 3 * C, generator=generator), torch.randn(3 * C, generator=generator)
        return Case((weight, bias), label=f"C = {C}")

    return [
        Case((told_apart, torch.arange(6.0)), label="C = 2"),
        drawn(3),
        drawn(6),
        drawn(int(torch.randint(7, 12, (1,), generator=generator))),
    ]


def same_numbers_come_out(call: Call, generator: torch.Generator) -> None:
    """Three small projections give what the large one gave."""
    weight, bias = torch.randn(6, 18, generator=generator), torch.randn(18, generator=generator)
    x = torch.randn(4, 6, generator=generator)
    parts = [nn.functional.linear(x, w, b) for w, b in call(weight, bias)]
    if not torch.allclose(torch.cat(parts, dim=-1), x @ weight + bias, atol=1e-4):
        raise Failed("x @ weight + bias of the whole should be q, k and v of the parts side by side; it is not")


EXERCISE = Exercise(
    name="separate_qkv",
    reference=separate_qkv,
    variants=VARIANTS,
    cases=split_cases,
    properties=(Property("three small projections give what the large one gave", same_numbers_come_out),),
    misconceptions=(
        Misconception(
            "not turned",
            split_with(cut=lambda weight: weight.chunk(3, dim=1)),
            "Each part is still (in, out). nn.Linear keeps (out, in): transpose each. The part is square, so no "
            "shape will tell you.",
        ),
        Misconception(
            "cut along the inputs",
            split_with(cut=lambda weight: [part.T for part in weight.tensor_split(3, dim=0)]),
            "The three stand side by side in the outputs, the columns of (C, 3C): cut along dim 1, or transpose "
            "first and cut along dim 0.",
        ),
        Misconception(
            "cut along the inputs, by chunk",
            split_with(cut=lambda weight: in_three(weight.chunk(3, dim=0))),
            "The three stand side by side in the outputs, the columns of (C, 3C): cut along dim 1, or transpose "
            "first and cut along dim 0.",
        ),
        Misconception(
            "cut along the inputs, by chunk, and not turned",
            split_with(cut=lambda weight: in_three(weight.chunk(3, dim=0), turned=False)),
            "The three stand side by side in the outputs, the columns of (C, 3C): cut along dim 1. And nn.Linear keeps "
            "(out, in): transpose each.",
        ),
        Misconception(
            "read as (3, C, C)",
            split_with(cut=lambda weight: [part.T for part in weight.reshape(3, len(weight), len(weight))]),
            "reshape reads the same memory in rows of another length, and mixes the three. Cut the columns: "
            "weight.chunk(3, dim=1).",
        ),
        Misconception(
            "keys and values exchanged",
            split_with(order=(0, 2, 1)),
            "The order is queries, keys, values.",
        ),
        Misconception(
            "queries and values exchanged",
            split_with(order=(2, 1, 0)),
            "The order is queries, keys, values.",
        ),
        Misconception(
            "the bias not cut",
            split_with(cut_bias=lambda bias: [bias] * 3),
            "Each pair has a bias of its own, (C,): cut the bias in three as well.",
        ),
        Misconception(
            "every third bias",
            split_with(cut_bias=lambda bias: [bias[i::3] for i in range(3)]),
            "The first C biases belong to the queries, the next to the keys; they are not interleaved.",
        ),
        Misconception(
            "every third column",
            split_with(
                cut=lambda weight: [weight[:, i::3].T for i in range(3)],
                cut_bias=lambda bias: [bias[i::3] for i in range(3)],
            ),
            "The queries are the first C columns, then come the keys, then the values; they are not interleaved.",
        ),
        Misconception(
            "keys before queries",
            split_with(order=(1, 0, 2)),
            "The order is queries, keys, values.",
        ),
        Misconception(
            "read as (3C, C)",
            split_with(cut=lambda weight: weight.reshape(-1, weight.shape[0]).chunk(3, dim=0)),
            "reshape reads the same memory in rows of another length; it does not transpose. Use .T.",
        ),
        Misconception(
            "every third column, the bias cut rightly",
            split_with(lambda weight: [weight[:, i::3].T for i in range(3)]),
            "The bias is cut rightly. The columns of the queries are neighbours too, the first C; you take every "
            "third.",
        ),
        Misconception(
            "the first bias for all",
            split_with(cut_bias=lambda bias: [bias.chunk(3)[0]] * 3),
            "All three got the bias of the queries. Each has its own third: bias.chunk(3).",
        ),
    ),
    hints=(
        "x @ weight + bias has 3C columns. Which of them are the queries? So which columns of weight make them?",
        "weight.chunk(3, dim=1) cuts the columns in three, each (C in, C out). nn.Linear wants (out, in).",
        "q, k, v = ((w.T, b) for w, b in zip(weight.chunk(3, dim=1), bias.chunk(3)))",
    ),
    review="lesson 13, 'Tensor by tensor'",
)
