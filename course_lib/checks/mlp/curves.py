"""What both exercises on GELU share: inputs, a property, and the tanh form open to mistakes."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib import mlp
from course_lib.checks.engine.exercise import Call, Case, Failed
from course_lib.checks.mlp.positions import draw

FAR = 30.0  # so far out that GELU is the identity or zero in float32


def curve_cases(generator: torch.Generator) -> list[Case]:
    """Numbers to look up in a table of the normal distribution, then drawn ones of other shapes, then far ones."""
    shapes = [[draw(generator, 2, 4) for _ in range(dimensions)] for dimensions in (1, 2, 3, 4)]
    drawn = [2 * torch.randn(shape, generator=generator) for shape in shapes]
    return [
        Case((torch.tensor([1.0, -1.0, 2.0]),), label="x = 1, −1 and 2"),
        Case((torch.tensor(0.5),), label="a single number, x = 0.5"),
        *(Case((x,), label=f"normal numbers with deviation 2, shape {tuple(x.shape)}") for x in drawn),
        Case((torch.tensor([FAR, -FAR]),), label="x = 30 and −30"),
    ]


def difference_of_both_sides_is_x(call: Call, generator: torch.Generator) -> None:
    """gelu(x) − gelu(−x) = x, because Φ(x) + Φ(−x) = 1."""
    x = 2 * torch.randn(20, generator=generator)
    difference = call(x)["output"] - call(-x)["output"]
    if not torch.allclose(difference, x, atol=1e-4):
        worst = (difference - x).abs().argmax()
        raise Failed(
            f"for x = {x[worst]:.3f}, the result for x minus the result for −x should be x; "
            f"it is {difference[worst]:.3f}"
        )


def for_single_numbers(function: Callable[[float], float]) -> Callable[[Tensor], Tensor]:
    """What a function of `math` makes of tensors: an error, or a number without gradient if there is only one."""

    def curve(x: Tensor) -> Tensor:
        if x.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return x * (function(x.item()) / x.item())

    return curve


def tanh_form(
    x: Tensor, *, factor: float = math.sqrt(2 / math.pi), cubic: float = mlp.GELU_TANH_CUBIC, power: int = 3
) -> Tensor:
    """gelu_tanh with its constants open to mistakes."""
    return x * (1 + torch.tanh(factor * (x + cubic * x**power))) / 2
