"""Exercising a module in training mode or out of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from course_lib.checks.engine.drive.modules import call_module


def call_module_in_mode(
    answer: Callable[..., nn.Module],
    init: Sequence[Any],
    weights: Mapping[str, Tensor],
    *inputs: Any,
    training: bool = True,
) -> dict[str, Any]:
    """As `call_module`, after `.train()` or, with training=False, after `.eval()`."""

    def in_mode(*values: Any) -> nn.Module:
        module = answer(*values)
        return module.train(training) if isinstance(module, nn.Module) else module

    return call_module(in_mode, init, weights, *inputs)
