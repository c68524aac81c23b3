"""Exercising a module that the learner writes, with weights that are given or drawn."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks.engine.drive.gradients import gradients_of, is_float, require_grad
from course_lib.checks.engine.drive.misfit import misfit_of
from course_lib.checks.engine.drive.plain import plain


def call_module(
    answer: Callable[..., nn.Module],
    init: Sequence[Any],
    weights: Mapping[str, Tensor],
    *inputs: Any,
    **kwargs: Any,
) -> dict[str, Any]:
    """`{"output", "input gradients", "weight gradients"}` of the module `answer(*init)` with the given weights.

    weights: as in the reference's `state_dict()`; given to the answer's parameters by name, else by shape.
    Raises Misfit if the answer's parameters are not of these shapes.
    """
    module = answer(*init)
    if not isinstance(module, nn.Module):
        raise TypeError(f"expected a subclass of nn.Module, got {type(module).__name__}")
    names = load_weights(module, weights)
    prepared = [require_grad(value) for value in inputs]
    output = module(*prepared, **kwargs)
    shown = plain(output)  # before gradients are asked for: what holds no numbers has none
    parameters = dict(module.named_parameters())
    ordered = [parameters[names[name]] for name in sorted(names)]
    floats = [value for value in prepared if is_float(value)]
    gradients = gradients_of(output, [*floats, *ordered])
    return {
        "output": shown,
        "input gradients": gradients[: len(floats)],
        "weight gradients": dict(zip(sorted(names), gradients[len(floats) :], strict=True)),
    }


def build_module(answer: Callable[..., nn.Module], *init: Any, seed: int, inputs: Sequence[Any] = ()) -> dict[str, Any]:
    """Number and values of the parameters of the module `answer(*init, generator)`, a shared one once.

    And what the seeded generator gives afterwards: it tells whether as much was drawn as should be. With inputs, also
    what the module makes of them, if it has a forward.
    """
    generator = torch.Generator().manual_seed(seed)
    module = answer(*init, generator)
    if not isinstance(module, nn.Module):
        raise TypeError(f"expected a subclass of nn.Module, got {type(module).__name__}")
    weights = [parameter.detach().clone() for parameter in module.parameters()]
    built = {
        "the number of parameters, a shared one counted once": len(weights),
        "weights": weights,
        "what the generator gives next": torch.rand((), generator=generator).item(),
    }
    if not inputs or type(module).forward is nn.Module.forward:
        return built
    return {**built, "what forward gives": plain(module(*inputs))}


def load_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, str]:
    """Copy `weights` into the module's parameters and buffers of the same name, else to the next of the same shape.

    Returns which parameter took which weight: weight's name -> parameter's name.
    Raises Misfit if a weight finds no place, or a parameter gets no weight.
    """
    parameters = dict(module.named_parameters())
    buffers = dict(module.named_buffers())
    taken: dict[str, str] = {}
    for name in weights:
        if name in parameters and parameters[name].shape == weights[name].shape:
            taken[name] = name
    for name, weight in weights.items():
        if name in taken or name in buffers:
            continue
        free = [p for p, value in parameters.items() if p not in taken.values() and value.shape == weight.shape]
        if free:
            taken[name] = free[0]
    missing = {n: value for n, value in weights.items() if n not in taken and n not in buffers}
    spare = {n: value for n, value in parameters.items() if n not in taken.values()}
    if missing or spare:
        raise misfit_of(module, missing, spare, weights)
    with torch.no_grad():
        for name, own_name in taken.items():
            parameters[own_name].copy_(weights[name])
        for name in weights:
            if name in buffers and name not in taken and buffers[name].shape == weights[name].shape:
                buffers[name].copy_(weights[name])
    return taken
