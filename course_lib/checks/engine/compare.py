"""Comparing what came with what was expected, in words that a learner can act on."""

import math
import re
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.checks.engine.describe import SMALL, a_kind, describe, kind_of_numbers
from course_lib.checks.engine.drive import Misfit, NotPlain
from course_lib.checks.engine.grid import grids, one_or_under_each_other
from course_lib.checks.engine.outcome import Outcome, Raised, Returned, TimedOut

CUTS = "is something on the way .detach(), .data, .item(), torch.tensor(…) or torch.no_grad(), which cuts it off?"
GRADIENTS = re.compile(r"(?:input |weight )?gradients(?:\[(\d+)\]|, (.+))")


def difference(expected: Any, actual: Any, tolerance: float, where: str = "") -> str | None:
    """None if the two agree, else a sentence that says how they differ. where: path into nested data."""
    place = _place(where)
    if actual is None and expected is not None and "gradients" in where:
        return f"no gradient arrives{_arrival(where)}: {CUTS}"
    if isinstance(expected, np.ndarray):
        expected = torch.from_numpy(expected)
        actual = torch.from_numpy(actual) if isinstance(actual, np.ndarray) else actual
    if isinstance(expected, Real) and isinstance(actual, np.ndarray):
        actual = torch.from_numpy(actual)
    if isinstance(expected, Tensor):
        return _tensor_difference(expected, actual, tolerance, place)
    if isinstance(expected, Real):
        return _number_difference(expected, actual, tolerance, place)
    if isinstance(expected, Mapping):
        return _mapping_difference(expected, actual, tolerance, where)
    if isinstance(expected, (list, tuple)):
        return _sequence_difference(expected, actual, tolerance, where)
    if type(expected) is not type(actual):
        return f"expected {a_kind(expected)}{place}, got {_shown(actual)}"
    if expected != actual:
        return one_or_under_each_other(describe(expected), describe(actual), place)
    return None


def _place(where: str) -> str:
    """The path as it continues "another value": " in output", " in the gradient of `up.weight`"."""
    found = GRADIENTS.fullmatch(where)
    if found is None:
        return f" in {where}" if where else ""
    return f" in the gradient of input number {int(found[1]) + 1}" if found[1] else f" in the gradient of `{found[2]}`"


def _arrival(where: str) -> str:
    """The path as it continues "no gradient arrives": " at input number 2"."""
    found = GRADIENTS.fullmatch(where)
    if found is None:
        return f" in {where}"
    return f" at input number {int(found[1]) + 1}" if found[1] else f" at `{found[2]}`"


def prediction_difference(expected: Any, actual: Any, tolerance: float) -> str | None:
    """As `difference`, but it does not give away what the right prediction is; of several numbers it says which hold.

    A tensor or an array will do for a list of numbers.
    """
    several = isinstance(expected, (list, tuple))
    if several and isinstance(actual, (Tensor, np.ndarray)):
        actual = actual.tolist()
    if difference(expected, actual, tolerance) is None:
        return None
    wanted, got = _form(expected), _form(actual)
    if wanted != got:
        return f"expected {wanted}, got {got}: {describe(actual)}"
    told = f"you predicted {describe(actual)}, and that is not what comes out"
    if not several or len(expected) == 1:
        return told
    pairs = enumerate(zip(expected, actual, strict=True), start=1)
    right = [str(number) for number, pair in pairs if difference(*pair, tolerance) is None]
    return f"{told}: {_which_hold(right)}"


def _which_hold(right: Sequence[str]) -> str:
    if len(right) < 2:
        return f"only number {right[0]} is right" if right else "none of the numbers is right"
    return f"only numbers {', '.join(right[:-1])} and {right[-1]} are right"


def _form(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"{len(value)} items"
    if isinstance(value, Real | np.generic) and not isinstance(value, bool):
        return "a number"
    if isinstance(value, Tensor) and value.numel() == 1:
        return "a number"
    return a_kind(value)


def same_outcome(one: Outcome, other: Outcome, tolerance: float, *, messages: bool = True) -> bool:
    """True if two answers behaved alike. messages: whether two errors of one kind must also say the same.

    Two misfits must always be of the same key, which tells the shapes of what is missing and of what is too many.
    """
    if isinstance(one, Returned) and isinstance(other, Returned):
        return difference(one.value, other.value, tolerance) is None
    if isinstance(one, Raised) and isinstance(other, Raised):
        if one.kind == Misfit.__name__:
            return one.kind == other.kind and one.key == other.key
        return one.kind == other.kind and (one.message == other.message or not messages)
    return isinstance(one, TimedOut) and isinstance(other, TimedOut)


def outcome_difference(expected: Outcome, actual: Outcome, tolerance: float) -> str | None:
    """None if the answer behaved as the reference did, else a sentence. Of errors, only the kind must agree."""
    if isinstance(actual, TimedOut):
        rescue = "" if actual.stopped else " It could not even be stopped: restart the kernel."
        return f"{actual}: is there a loop that never ends?{rescue}"
    if isinstance(expected, Returned) and isinstance(actual, Returned):
        return difference(expected.value, actual.value, tolerance)
    if isinstance(expected, Raised) and isinstance(actual, Raised):
        if expected.kind == actual.kind:
            return None
        return f"expected {expected.kind} to be raised, got {actual.kind}: {actual.message}"
    if isinstance(expected, Raised) and isinstance(actual, Returned):
        return f"expected {expected.kind} to be raised for this input, got {describe(actual.value)}"
    if isinstance(actual, Raised) and actual.kind == NotPlain.__name__ and isinstance(expected, Returned):
        return f"expected {_wanted(expected.value)}, got {actual.message}"
    if isinstance(actual, Raised) and actual.kind == Misfit.__name__:
        return actual.message
    if isinstance(actual, Raised):
        line = f" (line {actual.line} of your code)" if actual.line is not None else ""
        return f"your code raised {actual.kind}: {actual.message}{line}"
    return None


def _wanted(value: Any) -> str:
    """What should have come, in a few words; of what a driver found out, the output."""
    if isinstance(value, Mapping) and "output" in value:
        value = value["output"]
    return f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else a_kind(value)


def _tensor_difference(expected: Tensor, actual: Any, tolerance: float, place: str) -> str | None:
    if isinstance(actual, Real) and expected.dim() == 0:
        try:
            actual = torch.tensor(actual)
        except (
            RuntimeError,
            ValueError,
            OverflowError,
        ):  # a whole number that no tensor holds, so not the one expected
            return f"expected {describe(expected)}{place}, got {describe(actual)}"
    if not isinstance(actual, Tensor):
        return f"expected a tensor of shape {tuple(expected.shape)}{place}, got {_shown(actual)}"
    if expected.shape != actual.shape:
        return f"expected shape {tuple(expected.shape)}{place}, got shape {tuple(actual.shape)}"
    if kind_of_numbers(expected.dtype) != kind_of_numbers(actual.dtype):
        return (
            f"expected a tensor of {kind_of_numbers(expected.dtype)} ({expected.dtype}){place}, "
            f"got {kind_of_numbers(actual.dtype)} ({actual.dtype})"
        )
    if expected.dtype == actual.dtype and torch.equal(expected, actual):  # most often, and sooner found out
        return None
    wanted, got = expected.detach().double(), actual.detach().double()
    wrong = ~torch.isclose(got, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return None
    if expected.numel() <= SMALL and expected.dim() > 0:
        return grids(expected, actual, wrong, place)
    if expected.dim() == 0:
        return f"expected {describe(expected)}{place}, got {describe(actual)}"
    first = tuple(wrong.nonzero()[0].tolist())
    return (
        f"{int(wrong.sum())} of {expected.numel()} values differ{place}; the first at index {list(first)}: "
        f"expected {wanted[first].item():.4g}, got {got[first].item():.4g}"
    )


def _shown(value: Any) -> str:
    """A value of the wrong kind."""
    if isinstance(value, np.ndarray):
        return f"a numpy array of shape {value.shape}: make a tensor of it with torch.from_numpy(…)"
    return a_kind(value) if value is None else f"{a_kind(value)}: {describe(value)}"


def _number_difference(expected: Any, actual: Any, tolerance: float, place: str) -> str | None:
    if isinstance(actual, Tensor) and actual.numel() == 1:
        actual = actual.item()
    if isinstance(actual, np.generic):
        actual = actual.item()
    is_truth = isinstance(expected, (bool, np.bool_))
    if not isinstance(actual, Real) or is_truth != isinstance(actual, bool):
        wanted = "True or False" if is_truth else "a number"
        return f"expected {wanted}{place}, got {_shown(actual)}"
    try:
        if float(expected) == float(actual) or (math.isnan(expected) and math.isnan(actual)):
            return None
    except OverflowError:  # a whole number beyond all floating point numbers
        return None if expected == actual else f"expected {describe(expected)}{place}, got {describe(actual)}"
    exact = isinstance(expected, int)
    if not exact and math.isclose(expected, actual, rel_tol=tolerance, abs_tol=tolerance):
        return None
    return f"expected {describe(expected)}{place}, got {describe(actual)}"


def _mapping_difference(expected: Mapping, actual: Any, tolerance: float, where: str) -> str | None:
    place = _place(where)
    if not isinstance(actual, Mapping):
        return f"expected a dict{place}, got {_shown(actual)}"
    missing = [key for key in expected if key not in actual]
    extra = [key for key in actual if key not in expected]
    if missing or extra:
        parts = [f"expected the keys {describe(list(expected))}{place}, got {describe(list(actual))}"]
        if missing and extra:
            parts.append(f"{describe(missing[0])} is missing, {describe(extra[0])} should not be there")
        elif missing:
            parts.append(f"{describe(missing[0])} is missing")
        else:
            parts.append(f"{describe(extra[0])} should not be there")
        return "; ".join(parts)
    for key, value in expected.items():
        path = f"{where}, {key}" if where else f"{key}"
        if (problem := difference(value, actual[key], tolerance, path)) is not None:
            return problem
    return None


def _sequence_difference(expected: Sequence, actual: Any, tolerance: float, where: str) -> str | None:
    place = _place(where)
    if not isinstance(actual, (list, tuple)):
        return f"expected {a_kind(expected)}{place}, got {_shown(actual)}"
    if len(expected) != len(actual):
        return (
            f"expected {len(expected)} items{place}, got {len(actual)}: "
            f"{one_or_under_each_other(describe(expected), describe(actual))}"
        )
    for index, (wanted, got) in enumerate(zip(expected, actual, strict=True)):
        path = f"{where or 'result'}[{index}]"
        if (problem := difference(wanted, got, tolerance, path)) is not None:
            simple = not isinstance(wanted, (Tensor, Mapping, list, tuple, np.ndarray)) and len(repr(expected)) < 200
            return one_or_under_each_other(describe(expected), describe(actual), place) if simple else problem
    return None
