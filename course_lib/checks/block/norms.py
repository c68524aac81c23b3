"""LayerNorm by hand with one of its parts replaced."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib import block
from course_lib.checks.engine.exercise import Misconception


def norm_over(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, *, dims: Sequence[int] = (-1,), correction: int = 0
) -> Tensor:
    """layer_norm over other dimensions, or with a variance that divides by the count less `correction`."""
    variance, mean = torch.var_mean(x, dim=tuple(dims), correction=correction, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps) * weight + bias


def eps_outside(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """eps added to the standard deviation rather than to the variance."""
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - mean) / (torch.sqrt(variance) + eps) * weight + bias


def divided_by_variance(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """No root taken."""
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - mean) / (variance + eps) * weight + bias


def mean_kept(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """The right deviation, but x itself above it."""
    variance = x.var(dim=-1, correction=0, keepdim=True)
    return x / torch.sqrt(variance + eps) * weight + bias


def root_mean_square(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """RMSNorm with a shift."""
    return x / torch.sqrt((x * x).mean(dim=-1, keepdim=True) + eps) * weight + bias


def shifted_first(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """The shift is scaled as well."""
    return (block.layer_norm(x, torch.ones_like(weight), torch.zeros_like(bias), eps) + bias) * weight


def scale_and_shift_forgotten(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """Only normalised."""
    return block.layer_norm(x, torch.ones_like(weight), torch.zeros_like(bias), eps)


def without_keepdim(correction: int) -> Callable[..., Tensor]:
    """Mean and variance that have lost their dimension."""

    def norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
        variance, mean = torch.var_mean(x, dim=-1, correction=correction)
        return (x - mean) / torch.sqrt(variance + eps) * weight + bias

    return norm


def mean_deviation(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """Divided by the mean distance from the mean."""
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred / (centred.abs().mean(dim=-1, keepdim=True) + eps) * weight + bias


def without_eps(correction: int) -> Callable[..., Tensor]:
    """Nothing added to the variance."""
    return lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, 0.0, correction=correction)


def deviation_and_eps(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """torch.std as it is, and eps added to it."""
    return (x - x.mean(dim=-1, keepdim=True)) / (x.std(dim=-1, keepdim=True) + eps) * weight + bias


def eps_beside_std(x: Tensor, weight: Tensor, bias: Tensor, eps: float = block.EPS) -> Tensor:
    """`x.std()` and eps: no root is seen, and its gradient at a constant vector is another one."""
    return (x - x.mean(-1, keepdim=True)) / (x.std(-1, correction=0, keepdim=True) + eps) * weight + bias


DEVIATIONS = (  # what a vector is divided by, and what is normalised
    Misconception(
        "scaled before it is normalised",
        lambda x, weight, bias, eps=block.EPS: block.layer_norm(x * weight, torch.ones_like(weight), bias, eps),
        "You multiply by weight before you normalise. First the vector is normalised, then it is scaled and shifted.",
    ),
    Misconception(
        "scaled and shifted before it is normalised",
        lambda x, weight, bias, eps=block.EPS: scale_and_shift_forgotten(x * weight + bias, weight, bias, eps),
        "You scale and shift first, and normalise what comes out. First the vector is normalised, then it is scaled "
        "and shifted.",
    ),
    Misconception(
        "unbiased variance",
        lambda x, weight, bias, eps=block.EPS: norm_over(x, weight, bias, eps, correction=1),
        "Your variance divides by C − 1, as torch.var and torch.std do unless told otherwise. "
        "LayerNorm divides by C: unbiased=False.",
    ),
    Misconception(
        "eps beside std",
        eps_beside_std,
        "You add eps to the deviation. It belongs to the variance, under the root: √(σ² + ε).",
    ),
    Misconception(
        "eps of 1e-6 by default",
        lambda x, weight, bias, eps=1e-6: block.layer_norm(x, weight, bias, eps),
        "Your eps is 1e-6 unless one is given. The default here is 1e-5.",
    ),
    Misconception(
        "1 added to the scale",
        lambda x, weight, bias, eps=block.EPS: block.layer_norm(x, 1 + weight, bias, eps),
        "You multiply by 1 + weight. The scale is weight itself, which begins at 1.",
    ),
)
