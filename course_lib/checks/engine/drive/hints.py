"""Exercising torch's layers with the hint `is_causal` and without it: with the hint they need not read their mask."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from course_lib.checks.engine.drive.modules import call_module


def call_with_and_without_hint(
    answer: Callable[..., nn.Module], init: Sequence[Any], weights: Mapping[str, Tensor], *inputs: Any
) -> dict[str, Any]:
    """As `call_module`, and the output where every attention reads the mask that it is given."""

    def without_hint(*values: Any) -> nn.Module:
        module = answer(*values)
        for attention in module.modules():
            if isinstance(attention, nn.MultiheadAttention):
                attention.register_forward_pre_hook(_reads_its_mask, with_kwargs=True)
        return module

    shown = call_module(answer, init, weights, *inputs)
    read = call_module(without_hint, init, weights, *inputs)["output"]
    return {**shown, "output where the mask is read, without the hint is_causal": read}


def _reads_its_mask(attention: nn.Module, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    return args, {**kwargs, "is_causal": False}
