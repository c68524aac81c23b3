"""Lesson 18, exercise 1: QK-norm, an RMSNorm of each head by itself."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.modern.inputs import drawn_size
from course_lib.checks.modern.slots.normalize_heads import VARIANTS


def normalize_heads(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Each head of each position of (B, H, T, D) over the root of its mean square, times the weight (D,)."""
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps) * weight


def over(*dims: int) -> Callable[..., Tensor]:
    """The same with the mean over other dimensions."""
    return lambda x, weight, eps: x * torch.rsqrt(x.square().mean(dim=dims, keepdim=True) + eps) * weight


def head_cases(generator: torch.Generator) -> list[Case]:
    """One head to do by hand, two heads of unequal size, a large eps, and drawn ones."""
    by_hand = torch.tensor([3.0, 4.0, 0.0, 0.0]).view(1, 1, 1, 4)
    two = torch.tensor([[1.0, 1.0], [10.0, -10.0]]).view(1, 2, 1, 2)
    shape = [drawn_size(generator, 2, 5) for _ in range(3)]

    def drawn(*size: int) -> tuple[Tensor, Tensor]:
        return torch.randn(size, generator=generator) * 3 + 1, torch.rand(size[-1], generator=generator) + 0.5

    return [
        Case((by_hand, torch.ones(4), 0.0), label="one head: 3, 4, 0, 0"),
        Case((two, torch.tensor([1.0, 2.0]), 0.0), label="two heads, the second ten times as large"),
        Case((by_hand, torch.ones(4), 1.0), label="3, 4, 0, 0 with eps = 1"),
        Case((*drawn(2, 3, 4, 6), 1e-5), label="B = 2, 3 heads, 4 tokens, D = 6"),
        Case((*drawn(*shape, 8), 0.5), label=f"x of shape {(*shape, 8)}, eps = 0.5"),
    ]


def size_is_forgotten(call: Call, generator: torch.Generator) -> None:
    """A head that is made a hundred times as large comes out the same."""
    x, weight = torch.randn(1, 2, 3, 8, generator=generator) + 2, torch.ones(8)
    if not torch.allclose(call(x, weight, 1e-8), call(100 * x, weight, 1e-8), atol=1e-4):
        raise Failed("with a tiny eps the result should not change when all numbers of x are 100 times as large")


EXERCISE = Exercise(
    name="normalize_heads",
    reference=normalize_heads,
    variants=VARIANTS,
    cases=head_cases,
    forbidden=("course_lib.llama.RMSNorm", "torch.nn.RMSNorm", "torch.nn.functional.rms_norm"),
    properties=(Property("the size of a head is forgotten", size_is_forgotten),),
    misconceptions=(
        Misconception(
            "one mean for all",
            over(0, 1, 2, 3),
            "You divide everything by one number. Each head of each position has a mean of its own: dim=-1.",
        ),
        Misconception(
            "the mean of absolute values",
            lambda x, weight, eps: x / (x.abs().mean(dim=-1, keepdim=True) + eps) * weight,
            "You divide by the mean size. Asked for is the root of the mean of the squares.",
        ),
        Misconception(
            "all heads together",
            over(1, 3),
            "The mean is over the heads as well. Each head has its own scale: the mean is over its D numbers alone.",
        ),
        Misconception(
            "over the tokens",
            over(2),
            "The mean is over dimension 2, the tokens: later tokens would change earlier ones. It is over D, the last.",
        ),
        Misconception(
            "over the heads",
            over(1),
            "The mean is over dimension 1, the heads. It is over the D numbers of one head, the last dimension.",
        ),
        Misconception(
            "the mean subtracted",
            lambda x, weight, eps: normalize_heads(x - x.mean(dim=-1, keepdim=True), weight, eps),
            "That is LayerNorm: RMSNorm subtracts no mean.",
        ),
        Misconception(
            "the sum of squares",
            lambda x, weight, eps: x * torch.rsqrt(x.square().sum(dim=-1, keepdim=True) + eps) * weight,
            "You divide by the length of the head, √Σx². The root of the mean square is smaller, by √D.",
        ),
        Misconception(
            "the length",
            lambda x, weight, eps: x / (x.norm(dim=-1, keepdim=True) + eps) * weight,
            "norm is the length, √Σx²: √D times the root of the mean square. And eps belongs into the root.",
        ),
        Misconception(
            "the length, without eps",
            lambda x, weight, eps: x / x.norm(dim=-1, keepdim=True) * weight,
            "Each head has the length 1 now. Divide by the root of the *mean* square, with eps in it.",
        ),
        Misconception(
            "multiplied by the root",
            lambda x, weight, eps: x * (x.square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight,
            "You multiply by the root: large heads become larger still. Divide by it, or multiply by rsqrt.",
        ),
        Misconception(
            "no root",
            lambda x, weight, eps: x / (x.square().mean(dim=-1, keepdim=True) + eps) * weight,
            "You divide by the mean square itself. Take its root first.",
        ),
        Misconception(
            "weight forgotten",
            lambda x, weight, eps: normalize_heads(x, torch.ones_like(weight), eps),
            "The result is not multiplied by `weight`, one learned factor for each of the D numbers.",
        ),
        Misconception(
            "eps outside the root",
            lambda x, weight, eps: x / (x.square().mean(dim=-1, keepdim=True).sqrt() + eps) * weight,
            "eps is added to the root. Add it to the mean square, before the root.",
        ),
        Misconception(
            "eps forgotten",
            lambda x, weight, eps: normalize_heads(x, weight, 0.0),
            "eps is not used: add it to the mean square before the root.",
        ),
        Misconception(
            "weights counted from 1",
            lambda x, weight, eps: normalize_heads(x, 1 + weight, eps),
            "You multiply by 1 + weight, as Gemma does. Here the weight is the factor itself.",
        ),
        Misconception(
            "standard deviation",
            lambda x, weight, eps: x * torch.rsqrt(x.var(dim=-1, keepdim=True, correction=0) + eps) * weight,
            "The variance leaves out the mean of x. The mean square is x.square().mean(...), with the mean in it.",
        ),
    ),
    hints=(
        "The D numbers of one head at one position are the last dimension. Whatever is averaged, only they are.",
        "The mean square has the shape (B, H, T, 1): mean(dim=-1, keepdim=True).",
        "x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps) * weight",
    ),
    review="lesson 18, 'QK-norm'",
)
