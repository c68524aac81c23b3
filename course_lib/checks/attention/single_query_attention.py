"""Exercise 3 of lesson 03: attention of one query."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.parts import draw
from course_lib.checks.attention.slots.single_query_attention import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def query_cases(generator: torch.Generator) -> list[Case]:
    """The example that the lesson works by hand, then widths that all differ."""

    def drawn(T: int, d: int, d_v: int) -> tuple[Tensor, Tensor, Tensor]:
        return (
            torch.randn(d, generator=generator),
            torch.randn(T, d, generator=generator),
            torch.randn(T, d_v, generator=generator),
        )

    by_hand = (
        torch.tensor([math.sqrt(2), 0.0]),
        torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
        torch.tensor([[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]]),
    )
    return [
        Case(by_hand, label="the lesson's example: 3 keys, d = 2"),
        Case(drawn(1, 4, 2), label="1 key, d = 4, d_v = 2"),
        Case(drawn(5, 4, 4), label="5 keys, d = 4"),
        Case(drawn(3, 3, 2), label="3 keys, d = 3, d_v = 2"),
        Case(drawn(4, 2, 5), label="4 keys, d = 2, d_v = 5"),
        *(
            Case(drawn(T, d, d_v), label=f"{T} keys, d = {d}, d_v = {d_v}")
            for T, d, d_v in ((draw(generator, 6, 30), draw(generator, 9, 16), draw(generator, 3, 8)) for _ in range(2))
        ),
    ]


def _stays_within_the_values(call: Call, generator: torch.Generator) -> None:
    q, k, v = (torch.randn(shape, generator=generator) for shape in ((8,), (6, 8), (6, 3)))
    output = call(q, k, v)
    if (output < v.amin(dim=0) - 1e-4).any() or (output > v.amax(dim=0) + 1e-4).any():
        raise Failed(
            f"6 keys, d = 8: the output {output.tolist()} leaves the range of the values, "
            "so the weights are not shares of 1"
        )


def _single_query_with(
    *,
    scale: Callable[[Tensor, Tensor], float] = lambda q, k: math.sqrt(q.shape[-1]),
    shares: Callable[[Tensor], Tensor] = lambda scores: torch.softmax(scores, dim=-1),
    average: Callable[[Tensor, Tensor, Tensor], Any] = lambda weights, k, v: weights @ v,
    scores: Callable[[Tensor, Tensor], Tensor] = lambda q, k: k @ q,
) -> Callable[..., Tensor]:
    def single_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return average(shares(scores(q, k) / scale(q, k)), k, v)

    return single_query_attention


EXERCISE = Exercise(
    name="single_query_attention",
    reference=attention.single_query_attention,
    variants=VARIANTS,
    cases=query_cases,
    properties=(Property("the output lies between the smallest and the largest value", _stays_within_the_values),),
    misconceptions=(
        Misconception(
            "no scaling",
            _single_query_with(scale=lambda q, k: 1.0),
            "The scores are not divided by √d, so for wide vectors one key takes nearly all the weight.",
        ),
        Misconception(
            "divided by d",
            _single_query_with(scale=lambda q, k: q.shape[-1]),
            "The scores are divided by d instead of √d, so for wide vectors all weights become nearly equal.",
        ),
        Misconception(
            "divided by the root of the number of keys",
            _single_query_with(scale=lambda q, k: math.sqrt(len(k))),
            "The scale is √T, with the number of keys. It should be √d, with the width of the query: `q.shape[-1]`.",
        ),
        Misconception(
            "divided by the root of the values' width",
            lambda q, k, v: torch.softmax(k @ q / math.sqrt(v.shape[-1]), dim=-1) @ v,
            "The scale is √d_v, with the width of the values. It should be √d, with the width of the query.",
        ),
        Misconception(
            "a row too many",
            lambda q, k, v: attention.single_query_attention(q, k, v)[None],
            "The numbers are right, but your output is (1, d_v): the query was made a row. Asked for is (d_v,).",
        ),
        Misconception(
            "no softmax",
            _single_query_with(shares=lambda scores: scores),
            "The scores themselves are used as weights. They can be negative and do not sum to 1: take their softmax.",
        ),
        Misconception(
            "exponentials that are not divided by their sum",
            _single_query_with(shares=lambda scores: scores.exp()),
            "exp(score) is used as a weight without dividing by the sum, so the weights do not sum to 1.",
        ),
        Misconception(
            "the mean of the keys",
            _single_query_with(average=lambda weights, k, v: weights @ k),
            "Your weights average the keys. Keys only decide the weights; what is averaged are the values.",
        ),
        Misconception(
            "only the best key",
            _single_query_with(average=lambda weights, k, v: v[weights.argmax()]),
            "You return the value of the best key alone. Attention is a weighted mean of all values.",
        ),
        Misconception(
            "softmax of the output",
            _single_query_with(
                shares=lambda scores: scores, average=lambda scores, k, v: torch.softmax(scores @ v, dim=-1)
            ),
            "The softmax comes after the product with the values. It belongs to the scores, before that product.",
        ),
        Misconception(
            "divided after the softmax",
            lambda q, k, v: torch.softmax(k @ q, dim=-1) / math.sqrt(len(q)) @ v,
            "You divide the weights by √d, so they no longer sum to 1. It is the scores that are divided, before the "
            "softmax.",
        ),
        Misconception(
            "multiplied by √d",
            _single_query_with(scale=lambda q, k: 1 / math.sqrt(q.shape[-1])),
            "You multiply the scores by √d. Divide by it.",
        ),
        Misconception(
            "keys not transposed",
            _single_query_with(scores=lambda q, k: q @ k),
            "`q @ k` multiplies (d,) by (T, d), which fits only where T = d, and means nothing then. Each key meets "
            "the query in `k @ q`, or q @ k.T.",
        ),
        Misconception(
            "the mean of all values",
            _single_query_with(shares=lambda scores: torch.full_like(scores, 1 / len(scores))),
            "Every value has the same weight, whatever the query is.",
        ),
        Misconception(
            "divided by the number of keys",
            _single_query_with(shares=lambda scores: torch.softmax(scores, dim=-1) / len(scores)),
            "The weights sum to 1 already: do not divide by the number of keys as well.",
        ),
        Misconception(
            "summed up to one number",
            _single_query_with(average=lambda weights, k, v: (weights[:, None] * v).sum()),
            "You add up everything. The sum runs over the keys only, so that d_v numbers are left: weights @ v.",
        ),
        Misconception(
            "values weighted, but not added up",
            _single_query_with(average=lambda weights, k, v: weights[:, None] * v),
            "You return a row for each key, (T, d_v). Their sum over the keys is the output, (d_v,): weights @ v.",
        ),
        Misconception(
            "the weights returned",
            _single_query_with(average=lambda weights, k, v: weights),
            "These are the weights of the keys, (T,). Average the values with them: weights @ v.",
        ),
        Misconception(
            "divided by the sum, without exp",
            _single_query_with(shares=lambda scores: scores / scores.sum()),
            "The scores are divided by their sum as they are, so weights can be negative, and the sum can be 0. A "
            "softmax takes exp first.",
        ),
        Misconception(
            "the last key is not seen",
            lambda q, k, v: attention.single_query_attention(q, k[:-1], v[:-1]),
            "You leave out the last key. The query looks at all T keys.",
        ),
        Misconception(
            "output and weights returned",
            _single_query_with(average=lambda weights, k, v: (weights @ v, weights)),
            "You return the weights as well. Asked for is the output alone.",
        ),
    ),
    hints=(
        "Three lines, one for each part of the formula: scores, weights, output.",
        "`k @ q` is the dot product of each key with the query, (T,). Which number divides it?",
        "scores = k @ q / √d, weights = softmax of the scores, output = weights @ v.",
    ),
    review="lesson 03, section 2, 'One query, by hand'",
)
