"""Exercising an answer once: the same here and beside a student's code elsewhere, whatever was set before."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from course_lib.checks.engine.drive.inputs import Change, Watched
from course_lib.checks.engine.drive.plain import plain


def exercised(
    drive: Callable[..., Any], answer: Any, args: tuple, kwargs: Mapping[str, Any], *, watched: bool = True
) -> tuple[Any, tuple[Change, ...]]:
    """What a driver reads off an answer, as plain data, and the inputs that the answer changed.

    watched: whether to look for changed inputs; if not, none are told.
    Gradients are recorded, also after `torch.set_grad_enabled(False)`, and torch's random state is always the same.
    """
    watch = Watched(answer)
    with torch.enable_grad():
        torch.default_generator.manual_seed(0)  # torch.manual_seed would look up the stack, for CUDA's sake
        value = drive(watch if watched else answer, *args, **kwargs)
    return plain(value), tuple(watch.changes)
