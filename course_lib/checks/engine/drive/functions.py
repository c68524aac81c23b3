"""Exercising a function: its value, and the gradients of what it was given."""

from collections.abc import Callable
from typing import Any

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
