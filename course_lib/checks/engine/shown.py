"""Which input is shown, and how much of it: one that can be worked out by hand, if there is one."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from torch import Tensor, nn

from course_lib.checks.engine.describe import describe
from course_lib.checks.engine.exercise import Case

LONGEST = 400  # characters of an input that is shown
DIGITS = 4  # a number with more than these is hard to reckon with by hand
MOST_SUCH = 3  # of such numbers in an input that is shown; one with more of them was drawn


def effort_to_read(case: Case) -> tuple[bool, int]:
    """Orders cases by what they ask of a reader: numbers to be done by hand first, then by how many there are."""
    numbers = [number for value in (*case.args, *case.kwargs.values()) for number in _numbers(value)]
    long = islice(filter(_is_long, numbers), MOST_SUCH + 1)  # no more of them are looked for than decide
    return len(list(long)) > MOST_SUCH, len(numbers)


def shown_input(case: Case) -> str:
    """The input, if it is small enough to think about and can be read."""
    if effort_to_read(case)[0]:
        return ""
    shown = [describe(arg) for arg in case.args] + [f"{name}={describe(v)}" for name, v in case.kwargs.items()]
    text = ", ".join(shown)
    return f"\nInput: {text}" if text and len(text) <= LONGEST else ""


def _numbers(value: Any) -> list[Any]:
    """All numbers and texts of an input."""
    if isinstance(value, (Tensor, np.ndarray)):
        return value.reshape(-1).tolist()
    if isinstance(value, nn.Module):
        return [number for parameter in value.parameters() for number in _numbers(parameter)]
    if isinstance(value, Mapping):
        return [number for item in value.items() for part in item for number in _numbers(part)]
    if isinstance(value, (list, tuple, set)):
        return [number for item in value for number in _numbers(item)]
    return list(value) if isinstance(value, (str, bytes)) else [value]


def _is_long(number: Any) -> bool:
    return isinstance(number, float) and len(f"{number:.6g}".strip("-0").replace(".", "").lstrip("0")) > DIGITS
