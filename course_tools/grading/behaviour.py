"""What an answer does, in eight digits: two that give the same on the same inputs have the same digits."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch

from course_lib.checks.engine.draw import draw_cases
from course_lib.checks.engine.exercise import Exercise
from course_lib.checks.engine.outcome import Outcome, Raised, Returned
from course_lib.checks.engine.settled import settled
from course_lib.checks.engine.subject import Exercisable

DIGITS = 3  # after the point that count, of numbers below 10; others have as many leading digits
DEPTH = 20  # of values within values that are looked at


def behaviour_of(exercise: Exercise, subject: Exercisable, seed: int) -> str:
    """The digits for an answer that is asked on the inputs that `seed` draws, which should be one for a class.

    Numbers count up to what arithmetic in another order changes; of errors the kind counts, since messages tell the
    student's own names.
    """
    with settled():
        cases = draw_cases(exercise, seed)
        told = [_told(subject.outcome(case)) for case in cases]
    return hashlib.sha256("\n".join(told).encode(errors="replace")).hexdigest()[:8]


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, Returned):
        return "".join(_parts(outcome.value, DEPTH))
    return f"raised {outcome.kind}" if isinstance(outcome, Raised) else "late"


def _parts(value: Any, depth: int) -> Iterable[str]:
    """A value as text, piece by piece."""
    if depth == 0:
        yield "..."
    elif isinstance(value, torch.Tensor):
        yield f"tensor {value.dtype} {tuple(value.shape)} {_digest(value.detach().double().numpy())}"
    elif isinstance(value, np.ndarray):
        yield f"array {value.dtype} {value.shape} {_digest(value.astype(np.float64))}"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{key!r}: "
            yield from _parts(item, depth - 1)
    elif isinstance(value, list | tuple):
        yield type(value).__name__
        for item in value:
            yield from _parts(item, depth - 1)
    elif isinstance(value, set | frozenset):
        yield f"{type(value).__name__} {sorted(map(repr, value))}"
    elif isinstance(value, float):
        yield f"float {_digest(np.array([value]))}"
    elif dataclasses.is_dataclass(value):
        yield repr(value)
    else:
        yield f"{type(value).__name__} {value!r}"
    yield ";"


def _digest(numbers: np.ndarray) -> str:
    """A digest of numbers, rounded."""
    size = np.maximum(np.abs(np.nan_to_num(numbers, posinf=0.0, neginf=0.0)), 1.0)
    step = 10.0 ** (np.floor(np.log10(size)) - DIGITS)
    with np.errstate(invalid="ignore"):
        rounded = np.where(np.isfinite(numbers), np.round(numbers / step) * step, numbers)
    return hashlib.sha256((rounded + 0.0).tobytes()).hexdigest()  # + 0.0: minus zero is zero
