"""Exercise 1 of lesson 03: softmax that survives large scores."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib import attention
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def softmax_cases(generator: torch.Generator) -> list[Case]:
    """Each axis, a square matrix where a lost axis goes unnoticed, and scores of a size that overflows."""
    square = torch.randn(3, 3, generator=generator)
    matrix = torch.randn(2, 3, generator=generator)
    block = torch.randn(2, 3, 4, generator=generator)
    masked = torch.tensor([[0.0, -math.inf, -math.inf], [0.0, 1.0, -math.inf]])
    return [
        Case((torch.tensor([0.0, math.log(3)]),), label="two scores, 0 and ln 3"),
        Case((matrix,), label="2 rows of 3 scores"),
        Case((matrix,), {"dim": 0}, label="2 rows of 3 scores, along dim 0"),
        Case((square,), label="3 rows of 3 scores"),
        Case((block,), {"dim": 1}, label="a block of (2, 3, 4), along dim 1"),
        Case((masked,), label="masked scores"),
        Case((torch.tensor([1_000.0, 999.0, -1_000.0]),), label="large scores"),
        Case((torch.tensor([[1_000.0, 999.0], [-1_000.0, -1_001.0]]),), label="rows of different size"),
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


def _softmax_with(
    exponentials: Callable[[Tensor, int], Tensor], total: Callable[[Tensor, int], Tensor]
) -> Callable[..., Tensor]:
    def softmax(x: Tensor, dim: int = -1) -> Tensor:
        exps = exponentials(x, dim)
        return exps / total(exps, dim)

    return softmax


def _plain_exp(x: Tensor, dim: int) -> Tensor:
    return x.exp()


def _shifted_exp(x: Tensor, dim: int) -> Tensor:
    return (x - x.amax(dim=dim, keepdim=True)).exp()


def _shifted_exp_of_all(x: Tensor, dim: int) -> Tensor:
    return (x - x.max()).exp()


def _sum(exps: Tensor, dim: int) -> Tensor:
    return exps.sum(dim=dim, keepdim=True)


def _sum_of_all(exps: Tensor, dim: int) -> Tensor:
    return exps.sum()


def _sum_without_keepdim(exps: Tensor, dim: int) -> Tensor:
    return exps.sum(dim=dim)


def _always_last(x: Tensor, dim: int = -1) -> Tensor:
    return torch.softmax(x, dim=-1)


def _always_last_and_overflowing(x: Tensor, dim: int = -1) -> Tensor:
    return x.exp() / x.exp().sum(dim=-1, keepdim=True)


def _log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    return torch.log_softmax(x, dim=dim)


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
    cases=softmax_cases,
    properties=(
        Property("the shares along dim sum to 1", _sums_to_one),
        Property("adding the same number to every score changes nothing", _ignores_a_constant),
    ),
    tolerance=5e-4,  # scores of 1,000 have steps of 6e-5 in float32, so x - logsumexp(x) is right no further
    misconceptions=(
        Misconception(
            "large scores overflow",
            _softmax_with(_plain_exp, _sum),
            "exp(1000) is inf, and inf / inf is nan. Subtract the largest score along dim first: it cancels.",
        ),
        Misconception(
            "one largest score for the whole tensor",
            _softmax_with(_shifted_exp_of_all, _sum),
            "A row whose scores are all far below the largest of the tensor becomes 0 / 0. "
            "Subtract from each row its own largest, with dim and keepdim=True.",
        ),
        Misconception(
            "one sum for the whole tensor",
            _softmax_with(_shifted_exp_of_all, _sum_of_all),
            "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum.",
        ),
        Misconception(
            "one sum for the whole tensor, and overflow",
            _softmax_with(_plain_exp, _sum_of_all),
            "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum. "
            f"{OVERFLOW_TOO}",
        ),
        Misconception(
            "dim is ignored",
            _always_last,
            "Your shares always run along the last dimension; they should run along dim.",
        ),
        Misconception(
            "dim is ignored, and overflow",
            _always_last_and_overflowing,
            f"Your shares always run along the last dimension; they should run along dim. {OVERFLOW_TOO}",
        ),
        Misconception(
            "keepdim=True is missing",
            _softmax_with(_shifted_exp, _sum_without_keepdim),
            "Without keepdim=True the sums of a (3, 3) matrix are a row of 3, and each column is divided by the sum of "
            "another row. Other shapes do not even fit.",
        ),
        Misconception(
            "keepdim=True is missing, and overflow",
            _softmax_with(_plain_exp, _sum_without_keepdim),
            "Without keepdim=True the sums of a (3, 3) matrix are a row of 3, and each column is divided by the sum of "
            f"another row. Other shapes do not even fit. {OVERFLOW_TOO}",
        ),
        Misconception(
            "no exponential",
            _softmax_with(lambda x, dim: x, _sum),
            "Your scores are divided by their sum as they are, so shares can be negative. Take exp of each first.",
        ),
        Misconception(
            "the logarithm of the softmax",
            _log_softmax,
            "These are log-probabilities: good for a loss, but weights lie between 0 and 1. Leave out the logarithm.",
        ),
    ),
    hints=(
        "What can you subtract from all the scores of a row without changing its softmax? Which choice is safest?",
        "Three steps: subtract the largest score along dim, take exp, divide by the sum along dim.",
        "`x.amax(dim=dim, keepdim=True)` and `.sum(dim=dim, keepdim=True)` keep the dimension, so that it broadcasts.",
    ),
    review="lesson 03, section 8, 'A softmax that survives'",
)
