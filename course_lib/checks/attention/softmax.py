"""Exercise 1 of lesson 03: softmax that survives large scores."""

import math

import torch
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.parts import draw
from course_lib.checks.attention.shares import (
    SHIFTS,
    always_last,
    always_last_and_overflowing,
    plain_exp,
    shifted_exp,
    shifted_exp_of_all,
    softmax_with,
    sum_along,
    sum_of_all,
    sum_without_keepdim,
)
from course_lib.checks.attention.slots.softmax import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def softmax_cases(generator: torch.Generator) -> list[Case]:
    """Each axis, a square matrix where a lost axis goes unnoticed, and scores of a size that overflows."""

    def scores(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    rows, columns, depth = (draw(generator, low, low + 2) for low in (2, 5, 8))
    square = draw(generator, 3, 5)
    large = (100 + 900 * torch.rand(square, columns, generator=generator)) * scores(square, columns).sign()
    masked = torch.tensor([[0.0, -math.inf, -math.inf], [0.0, 1.0, -math.inf]])
    return [
        Case((torch.tensor([0.0, math.log(3)]),), label="two scores, 0 and ln 3"),
        Case((scores(rows, columns),), label=f"{rows} rows of {columns} scores"),
        Case((scores(rows, columns),), {"dim": 0}, label=f"{rows} rows of {columns} scores, along dim 0"),
        Case((scores(square, square),), label=f"{square} rows of {square} scores"),
        Case((scores(rows, columns, depth),), {"dim": 1}, label=f"a block of {(rows, columns, depth)}, along dim 1"),
        Case((masked,), label="masked scores"),
        Case((torch.tensor([1_000.0, 999.0, -1_000.0]),), label="large scores"),
        Case((torch.tensor([[1_000.0, 999.0], [-1_000.0, -1_001.0]]),), label="rows of different size"),
        Case((large,), label="scores of several hundred"),
    ]


def _sums_to_one(call: Call, generator: torch.Generator) -> None:
    for dim in (0, 1):
        x = 3 * torch.randn(5, 7, generator=generator)
        total = call(x, dim=dim).sum(dim=dim)
        if not torch.allclose(total, torch.ones_like(total), atol=1e-4):
            raise Failed(f"x of shape (5, 7) along dim {dim}: the shares sum to {total.tolist()}")


def _ignores_a_constant(call: Call, generator: torch.Generator) -> None:
    x = torch.randn(4, generator=generator)
    if not torch.allclose(call(x + 100), call(x), atol=1e-4):
        raise Failed("100 added to each of four scores changes the shares, and should not")


OVERFLOW_TOO = "There is a second mistake: large scores overflow, since the largest is not subtracted first."


EXERCISE = Exercise(
    name="softmax",
    reference=attention.softmax,
    forbidden=(
        "torch.softmax",
        "torch.log_softmax",
        "torch.nn.Softmax",
        "torch.nn.LogSoftmax",
    ),
    variants=VARIANTS,
    cases=softmax_cases,
    properties=(
        Property("the shares along dim sum to 1", _sums_to_one),
        Property("adding the same number to every score changes nothing", _ignores_a_constant),
    ),
    tolerance=5e-4,  # scores of 1,000 have steps of 6e-5 in float32, so x - logsumexp(x) is right no further
    misconceptions=(
        Misconception(
            "large scores overflow",
            softmax_with(plain_exp, sum_along),
            "exp(1000) is inf, and inf / inf is nan. Subtract the largest score along dim first: it cancels.",
        ),
        Misconception(
            "one largest score for the whole tensor",
            softmax_with(shifted_exp_of_all, sum_along),
            "A row whose scores are all far below the largest of the tensor becomes 0 / 0. "
            "Subtract from each row its own largest, with dim and keepdim=True.",
        ),
        Misconception(
            "one sum for the whole tensor",
            softmax_with(shifted_exp_of_all, sum_of_all),
            "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum.",
        ),
        Misconception(
            "one sum for the whole tensor, and overflow",
            softmax_with(plain_exp, sum_of_all),
            "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum. "
            f"{OVERFLOW_TOO}",
        ),
        Misconception(
            "dim is ignored",
            always_last,
            "Your shares always run along the last dimension; they should run along dim.",
        ),
        Misconception(
            "dim is ignored, and overflow",
            always_last_and_overflowing,
            f"Your shares always run along the last dimension; they should run along dim. {OVERFLOW_TOO}",
        ),
        Misconception(
            "keepdim=True is missing",
            softmax_with(shifted_exp, sum_without_keepdim),
            "Without keepdim=True the sums of a (3, 3) matrix are a row of 3, and each column is divided by the sum of "
            "another row. Other shapes do not even fit.",
        ),
        Misconception(
            "keepdim=True is missing, and overflow",
            softmax_with(plain_exp, sum_without_keepdim),
            "Without keepdim=True the sums of a (3, 3) matrix are a row of 3, and each column is divided by the sum of "
            f"another row. Other shapes do not even fit. {OVERFLOW_TOO}",
        ),
        Misconception(
            "keepdim=True is missing at the largest",
            softmax_with(lambda x, dim: (x - x.amax(dim=dim)).exp(), sum_along),
            "Without keepdim=True the largest scores of a square matrix are a row, and are subtracted from columns; "
            "other shapes do not even fit.",
        ),
        Misconception(
            "keepdim=True is missing twice",
            softmax_with(lambda x, dim: (x - x.amax(dim=dim)).exp(), sum_without_keepdim),
            "Neither the largest scores nor the sums keep their dimension, so they meet the wrong rows; other shapes "
            "do not even fit. Give both keepdim=True.",
        ),
        Misconception(
            "nan hidden as 0",
            lambda x, dim=-1: softmax_with(plain_exp, sum_along)(x, dim).nan_to_num(),
            "inf / inf is nan, and you turned it into 0: the largest score then has no share at all. Subtract the "
            "largest score along dim first.",
        ),
        Misconception(
            "divided by the mean",
            softmax_with(shifted_exp, lambda exps, dim: exps.mean(dim=dim, keepdim=True)),
            "Divided by their mean, the shares sum to how many there are. Divide by the sum.",
        ),
        Misconception(
            "no exponential",
            softmax_with(lambda x, dim: x, sum_along),
            "Your scores are divided by their sum as they are, so shares can be negative. Take exp of each first.",
        ),
        Misconception(
            "the logarithm of the softmax",
            lambda x, dim=-1: torch.log_softmax(x, dim=dim),
            "These are log-probabilities: good for a loss, but weights lie between 0 and 1. Leave out the logarithm.",
        ),
        *SHIFTS,
        Misconception(
            "not divided by the sum",
            softmax_with(shifted_exp, lambda exps, dim: torch.ones(())),
            "These are the exponentials. Divide them by their sum along dim, so that they become shares of 1.",
        ),
    ),
    hints=(
        "What can you subtract from all the scores of a row without changing its softmax? Which choice is safest?",
        "Three steps: subtract the largest score along dim, take exp, divide by the sum along dim.",
        "`x.amax(dim=dim, keepdim=True)` and `.sum(dim=dim, keepdim=True)` keep the dimension, so that it broadcasts.",
    ),
    review="lesson 03, section 8, 'A softmax that survives'",
)
