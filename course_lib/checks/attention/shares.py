"""A softmax with one of its parts replaced."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Misconception


def softmax_with(
    exponentials: Callable[[Tensor, int], Tensor], total: Callable[[Tensor, int], Tensor]
) -> Callable[..., Tensor]:
    """Exponentials (of x, along dim) divided by a total (of them, along dim)."""

    def softmax(x: Tensor, dim: int = -1) -> Tensor:
        exps = exponentials(x, dim)
        return exps / total(exps, dim)

    return softmax


def plain_exp(x: Tensor, dim: int) -> Tensor:
    """What overflows for large scores."""
    return x.exp()


def shifted_exp(x: Tensor, dim: int) -> Tensor:
    """The largest score of each row subtracted first."""
    return (x - x.amax(dim=dim, keepdim=True)).exp()


def shifted_exp_of_all(x: Tensor, dim: int) -> Tensor:
    """The largest score of the whole tensor subtracted first."""
    return (x - x.max()).exp()


def sum_along(exps: Tensor, dim: int) -> Tensor:
    """The right total."""
    return exps.sum(dim=dim, keepdim=True)


def sum_of_all(exps: Tensor, dim: int) -> Tensor:
    """One total for the whole tensor."""
    return exps.sum()


def sum_without_keepdim(exps: Tensor, dim: int) -> Tensor:
    """A total that has lost its dimension."""
    return exps.sum(dim=dim)


def always_last(x: Tensor, dim: int = -1) -> Tensor:
    """Along the last dimension, whatever `dim` says."""
    return torch.softmax(x, dim=-1)


def always_last_and_overflowing(x: Tensor, dim: int = -1) -> Tensor:
    """The same, with plain exponentials."""
    return x.exp() / x.exp().sum(dim=-1, keepdim=True)


SHIFTS = (  # what is done to the scores before exp is taken
    Misconception(
        "scores clipped",
        softmax_with(lambda x, dim: x.clamp(-50, 50).exp(), sum_along),
        "You clip the scores to a range, so that all beyond it are alike: 1000 and 999 get the same share. "
        "Subtract the largest score along dim instead: it cancels, and nothing is lost.",
    ),
    Misconception(
        "large scores clipped",
        softmax_with(lambda x, dim: x.clamp(max=50).exp(), sum_along),
        "You clip large scores, so that 1000 and 999 get the same share, and a row of very low ones is still "
        "0 / 0. Subtract the largest score along dim instead: it cancels, and nothing is lost.",
    ),
    Misconception(
        "the smallest score subtracted",
        softmax_with(lambda x, dim: (x - x.amin(dim=dim, keepdim=True)).exp(), sum_along),
        "With the smallest score subtracted, the others are larger still and overflow. Subtract the largest.",
    ),
    Misconception(
        "the mean subtracted",
        softmax_with(lambda x, dim: (x - x.mean(dim=dim, keepdim=True)).exp(), sum_along),
        "A score far above the mean still overflows, and with −inf among them the mean is −inf. Subtract the largest.",
    ),
    Misconception(
        "the sign turned round",
        softmax_with(lambda x, dim: (x.amin(dim=dim, keepdim=True) - x).exp(), sum_along),
        "Your largest share goes to the smallest score: it is exp(x − largest), not exp(… − x).",
    ),
    Misconception(
        "the sign turned round, and overflow",
        softmax_with(lambda x, dim: (x.amax(dim=dim, keepdim=True) - x).exp(), sum_along),
        "Your largest share goes to the smallest score: it is exp(x − largest), not exp(largest − x).",
    ),
    Misconception(
        "powers of two",
        softmax_with(lambda x, dim: torch.exp2(x - x.amax(dim=dim, keepdim=True)), sum_along),
        "The base of a softmax is e: take exp.",
    ),
    Misconception(
        "the sum always along the last dimension",
        softmax_with(shifted_exp, lambda exps, dim: exps.sum(dim=-1, keepdim=True)),
        "Your sum runs along the last dimension, whatever dim is. Give it dim as well.",
    ),
    Misconception(
        "each row's largest, and one sum for all",
        softmax_with(shifted_exp, sum_of_all),
        "All shares of the tensor together sum to 1; those of each row should. Give dim to the sum.",
    ),
    Misconception(
        "the largest absolute value subtracted",
        softmax_with(lambda x, dim: (x - x.abs().amax(dim=dim, keepdim=True)).exp(), sum_along),
        "In a row of very negative scores the largest absolute value is that of the smallest score, so all "
        "exponentials become 0, and 0 / 0 is nan. Subtract the largest score, without abs.",
    ),
    Misconception(
        "−inf taken for 0",
        softmax_with(lambda x, dim: shifted_exp(x.masked_fill(x.isinf(), 0.0), dim), sum_along),
        "A score of −inf stands for no share at all, and you made it 0, which is an ordinary score. exp(−inf) is 0 by "
        "itself: leave it as it is.",
    ),
)
