"""What both exercises on GELU share: inputs, a property, and the tanh form open to mistakes."""

import math

import torch
from torch import Tensor

from course_lib import mlp
from course_lib.checks.engine.exercise import Call, Case, Failed

FAR = 30.0  # so far out that GELU is the identity or zero in float32


def curve_cases(generator: torch.Generator) -> list[Case]:
    """Numbers to look up in a table of the normal distribution, then drawn ones, then far ones."""
    return [
        Case((torch.tensor([1.0, -1.0, 2.0]),), label="x = 1, −1 and 2"),
        Case((2 * torch.randn(3, 4, generator=generator),), label="twelve normal numbers with deviation 2"),
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


def tanh_form(
    x: Tensor, *, factor: float = math.sqrt(2 / math.pi), cubic: float = mlp.GELU_TANH_CUBIC, power: int = 3
) -> Tensor:
    """gelu_tanh with its constants open to mistakes."""
    return x * (1 + torch.tanh(factor * (x + cubic * x**power))) / 2
