"""Exercise 3 of lesson 03: attention of one query."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib import attention
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
        Case(drawn(6, 9, 3), label="6 keys, d = 9, d_v = 3"),
        Case(drawn(30, 16, 8), label="30 keys, d = 16, d_v = 8"),
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
    average: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda weights, k, v: weights @ v,
) -> Callable[..., Tensor]:
    def single_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return average(shares(k @ q / scale(q, k)), k, v)

    return single_query_attention


EXERCISE = Exercise(
    name="single_query_attention",
    reference=attention.single_query_attention,
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
    ),
    hints=(
        "Three lines, one for each part of the formula: scores, weights, output.",
        "`k @ q` is the dot product of each key with the query, (T,). Which number divides it?",
        "scores = k @ q / √d, weights = softmax of the scores, output = weights @ v.",
    ),
    review="lesson 03, section 2, 'One query, by hand'",
)
