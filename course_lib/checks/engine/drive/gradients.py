"""Gradients of an output, whatever it consists of, with regard to what was given."""

from typing import Any

import torch
from torch import Tensor


def is_float(value: Any) -> bool:
    """Whether it is a tensor of floating point numbers."""
    return isinstance(value, Tensor) and value.is_floating_point()


def require_grad(value: Any) -> Any:
    """A copy whose gradient can be asked for, if it is a tensor of floating point numbers; else the value itself."""
    return value.detach().clone().requires_grad_() if is_float(value) else value


def gradients_of(output: Any, inputs: list[Tensor]) -> list[Tensor | None]:
    """Gradient of each input; None where the output does not depend on it at all."""
    if isinstance(output, (tuple, list)):
        output = next((item for item in output if is_float(item)), None)
    if not is_float(output) or not output.requires_grad:
        return [None] * len(inputs)
    weights = torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).view(output.shape)
    return list(torch.autograd.grad((output * weights).sum(), inputs, allow_unused=True))
