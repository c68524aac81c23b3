"""Exercising a function: its value, and the gradients of what it was given."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine.drive.gradients import gradients_of, is_float, require_grad
from course_lib.checks.engine.drive.plain import plain


def call(answer: Callable, *args: Any, **kwargs: Any) -> Any:
    """The value of `answer(*args, **kwargs)`."""
    return answer(*args, **kwargs)


def call_with_gradient(answer: Callable, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """`{"output", "gradients"}` of a function of tensors: the gradient of each floating point argument.

    The output, a tensor, is weighted before it is summed, so that a gradient that is right in sum only is seen.
    """
    inputs = [require_grad(arg) for arg in args]
    output = answer(*inputs, **kwargs)
    floats = [arg for arg in inputs if is_float(arg)]
    return {"output": plain(output), "gradients": gradients_of(output, floats)}


def call_with_gradient_of_log_probs(answer: Callable, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """As `call_with_gradient`, but of the first argument alone: whether others have one is left open."""
    return _call_with_gradients_at(answer, {"log_probs": 0}, args, kwargs)


def call_with_gradients_of_low_rank(answer: Callable, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """As `call_with_gradient`, but of the factors A and B alone, which come third and fourth."""
    return _call_with_gradients_at(answer, {"A": 2, "B": 3}, args, kwargs)


def _call_with_gradients_at(
    answer: Callable, places: Mapping[str, int], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    inputs = [require_grad(arg) if place in places.values() else arg for place, arg in enumerate(args)]
    output = answer(*inputs, **kwargs)
    gradients = gradients_of(output, [inputs[place] for place in places.values()])
    return {"output": plain(output), "weight gradients": dict(zip(places, gradients, strict=True))}


def call_with_old_policy(
    answer: Callable, log_probs: Tensor, old_log_probs: Tensor, *args: Any, **kwargs: Any
) -> dict[str, Any]:
    """`{"output", "gradient"}` where both log-probabilities come from the same weights, as they do in a training.

    The old ones are a record of what was; an answer through which their gradient flows changes what is learned.
    """
    moved = torch.zeros_like(log_probs, requires_grad=True)  # what an optimizer would change
    output = answer(log_probs + moved, old_log_probs + moved, *args, **kwargs)
    return {"output": plain(output), "gradient": gradients_of(output, [moved])[0]}
