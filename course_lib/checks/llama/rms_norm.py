"""Exercise 1 of lesson 10: RMSNorm."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.rms_norm import VARIANTS


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x / √(mean(x²) + eps) · weight over the last dimension, computed in float32."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + eps)).to(x.dtype) * weight


def norm_with(size: Callable[[Tensor, float], Tensor]) -> Callable[[Tensor, Tensor, float], Tensor]:
    """`rms_norm` that divides by another measure of size, in float32."""

    def mutant(x: Tensor, weight: Tensor, eps: float) -> Tensor:
        wide = x.float()
        return (wide / size(wide, eps)).to(x.dtype) * weight

    return mutant


def mean_square(x: Tensor, dim: int | tuple[int, ...] = -1) -> Tensor:
    """Mean of x² over `dim`, which is kept."""
    return x.pow(2).mean(dim=dim, keepdim=True)


def norm_without_mean(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """LayerNorm without a shift: the mean is subtracted."""
    centred = x.float() - x.float().mean(dim=-1, keepdim=True)
    return (centred * torch.rsqrt(mean_square(centred) + eps)).to(x.dtype) * weight


def norm_in_its_own_dtype(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Squares in the precision that came in."""
    return x * torch.rsqrt(mean_square(x) + eps) * weight


def norm_without_weight(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """The scale is left out."""
    return rms_norm(x, torch.ones_like(weight), eps)


def norm_cases(generator: torch.Generator) -> list[Case]:
    """Two numbers to do by hand, a large eps, a square batch, and numbers whose squares float16 cannot hold."""

    def drawn(*shape: int, eps: float) -> Case:
        x = torch.randn(shape, generator=generator) + 1
        weight = torch.randn(shape[-1], generator=generator)
        return Case((x, weight, eps), label=f"x of shape {shape}, eps = {eps}")

    half = torch.tensor([[300.0, -600.0, 450.0]], dtype=torch.float16)
    return [
        Case((torch.tensor([[3.0, 4.0]]), torch.tensor([1.0, 2.0]), 0.0), label="mean square 12.5"),
        Case((torch.tensor([[3.0, 4.0]]), torch.ones(2), 12.5), label="eps as large as the mean square"),
        drawn(4, 4, eps=0.5),
        drawn(2, 3, 8, eps=1e-5),
        drawn(drawn_size(generator, 2, 5), drawn_size(generator, 3, 12), eps=0.1),
        Case((half, torch.ones(3, dtype=torch.float16), 1e-5), label="float16, which ends at 65,504"),
    ]


def precision_comes_back(call: Call, generator: torch.Generator) -> None:
    """Computing in float32 is a means: what comes out has the dtype of x."""
    for dtype in (torch.float16, torch.bfloat16):
        x = torch.randn(2, 4, generator=generator).to(dtype)
        result = call(x, torch.ones(4, dtype=dtype), 1e-5)
        if result.dtype != dtype:
            raise Failed(f"x is {dtype}, so the result should be; yours is {result.dtype}. Convert back: .to(x.dtype)")


EXERCISE = Exercise(
    name="rms_norm",
    reference=rms_norm,
    variants=VARIANTS,
    cases=norm_cases,
    properties=(Property("the result has the dtype of x", precision_comes_back),),
    tolerance=2e-3,  # float16 has three digits
    forbidden=(
        "torch.rms_norm",
        "torch.nn.functional.rms_norm",
        "torch.nn.RMSNorm",
        "course_lib.llama.RMSNorm",
    ),
    misconceptions=(
        Misconception(
            "mean subtracted",
            norm_without_mean,
            "That is LayerNorm without its shift. RMSNorm leaves the mean where it is.",
        ),
        Misconception(
            "eps outside the root",
            norm_with(lambda x, eps: mean_square(x).sqrt() + eps),
            "eps is added to the mean square, under the root: √(mean(x²) + eps).",
        ),
        Misconception(
            "eps forgotten",
            norm_with(lambda x, eps: mean_square(x).sqrt()),
            "Add eps to the mean square before the root; without it a vector of zeros gives 0/0.",
        ),
        Misconception(
            "norm in half precision",
            norm_in_its_own_dtype,
            "The square of 300 is too large for float16. Compute in float32, x.float(), and convert back.",
        ),
        Misconception(
            "divided by the mean square",
            norm_with(lambda x, eps: mean_square(x) + eps),
            "The root is missing: divide by √(mean(x²) + eps).",
        ),
        Misconception(
            "sum in place of the mean",
            norm_with(lambda x, eps: (x.pow(2).sum(dim=-1, keepdim=True) + eps).sqrt()),
            "Divide the sum of squares by C: the mean square, so that the size does not depend on the width.",
        ),
        Misconception(
            "mean over the whole tensor",
            norm_with(lambda x, eps: (x.pow(2).mean() + eps).sqrt()),
            "Each position is normalised by itself: mean(dim=-1, keepdim=True).",
        ),
        Misconception(
            "mean over the positions",
            norm_with(lambda x, eps: (mean_square(x, dim=-2) + eps).sqrt()),
            "The mean goes over the last dimension, the C numbers of one position, not over the positions.",
        ),
        Misconception(
            "mean over positions and channels",
            norm_with(lambda x, eps: (mean_square(x, dim=(*range(1, x.dim() - 1), -1)) + eps).sqrt()),
            "You average over the positions of a text as well. Each is normalised by itself: dim=-1 alone.",
        ),
        Misconception("weight forgotten", norm_without_weight, "Multiply by weight at the end, number by number."),
        Misconception(
            "1 + weight",
            lambda x, weight, eps: rms_norm(x, 1 + weight, eps),
            "Some models multiply by 1 + weight. Here it is weight itself.",
        ),
        Misconception(
            "the deviation in place of the root mean square",
            norm_with(lambda x, eps: (x.var(dim=-1, keepdim=True) + eps).sqrt()),
            "The variance measures distances from the mean. Here it is the mean of x² itself, of numbers as they are.",
        ),
        Misconception(
            "the mean of absolute values",
            norm_with(lambda x, eps: x.abs().mean(dim=-1, keepdim=True) + eps),
            "You divide by the mean of |x|. Wanted is the root of the mean of x².",
        ),
        Misconception(
            "multiplied in place of divided",
            norm_with(lambda x, eps: torch.rsqrt(mean_square(x) + eps)),
            "You multiply by the root mean square. Divide by it; torch.rsqrt is one over the root already.",
        ),
        Misconception(
            "divided by weight",
            lambda x, weight, eps: rms_norm(x, 1 / weight, eps),
            "Multiply by weight, number by number, in place of dividing by it.",
        ),
        Misconception(
            "divided by the length",
            norm_with(lambda x, eps: x.norm(dim=-1, keepdim=True) + eps),
            "You divide by the length √Σx². The root mean square is √(Σx² / C), smaller by √C, and eps stands under "
            "the root.",
        ),
        Misconception(
            "weighted before the norm",
            lambda x, weight, eps: rms_norm(x.float() * weight, torch.ones_like(weight), eps).to(x.dtype),
            "You multiply by weight before the size is measured. Normalise x first, and scale the result.",
        ),
    ),
    hints=(
        "Which number do you divide by? For (3, 4) it is √12.5.",
        "x.pow(2).mean(dim=-1, keepdim=True) keeps a last dimension of one, so that it divides each position.",
        "wide = x.float(); (wide * torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + eps)).to(x.dtype) * weight",
    ),
    review="lesson 10, 'RMSNorm'",
)
