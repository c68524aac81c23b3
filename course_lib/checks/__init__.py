"""`check(answer)` and `hint(answer)`: what an exercise notebook calls."""

import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

from course_lib.checks.engine.catalogue import find_exercise, is_exercise, topic_of
from course_lib.checks.engine.examine import examine
from course_lib.checks.engine.report import Report, note, report_of

__all__ = ["check", "hint"]

SEEDS = 10_000  # from which a check draws one

_hints_given: Counter[str] = Counter()  # in this kernel, by exercise: hint() gives the next one


def check(answer: Callable, *, seed: int | None = None) -> Report:
    """Check an answer on fresh inputs; the exercise is found by the function's or class's name.

    seed: draws the same inputs again, as a report of a wrong answer tells.
    Raises LookupError if no exercise has that name, TypeError if `answer` is not a function or class, and under
    nbgrader, which scores by exceptions, AssertionError if the answer is not right.
    """
    name = _name(answer, sys._getframe(1))
    exercise = find_exercise(name)
    if str(getattr(answer, "__module__", None)).split(".")[0] == "course_lib":
        return note(
            f"{name}: this is the library's own.",
            "Run the cell with your answer again, so that the name means your function, then check once more.",
        )
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    try:
        result = report_of(examine(exercise, answer, seed))
    except Exception as error:
        result = note(
            f"{name}: not examined.",
            f"The check itself stumbled, which says nothing about your answer: {type(error).__name__}: {error}. "
            f"Please report it, with your answer and check({name}, seed={seed}).",
        )
    if not result and os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(repr(result))
    return result


def hint(answer: Callable | str, number: int | None = None) -> Report:
    """The next hint for an exercise, or the one with that number (1 to 3).

    Raises LookupError if no exercise has that name, ValueError if there is no such hint.
    """
    exercise = find_exercise(answer if isinstance(answer, str) else _name(answer, sys._getframe(1)))
    count = len(exercise.hints)
    if number is None:
        number = min(_hints_given[exercise.name] + 1, count)
    if not 1 <= number <= count:
        raise ValueError(f"hints are numbered 1 to {count}, got {number}")
    _hints_given[exercise.name] = number
    return note(
        f"Hint {number} of {count} for {exercise.name}", exercise.hints[number - 1], topic=topic_of(exercise.name)
    )


def _name(answer: Callable, caller: FrameType) -> str:
    """The answer's name: its own, or that by which a caller knows it.

    A lambda, a partial, an alias and what a decorator made bear another name than the exercise's or none at all.
    """
    if not callable(answer):
        if isinstance(answer, str):
            raise TypeError(f"check takes the function or class itself: check({answer}), without quotes")
        raise TypeError(
            f"check takes the function or class itself, such as check(my_function) without brackets after the name; "
            f"got a value of type {type(answer).__name__}"
        )
    own = getattr(answer, "__name__", None)
    if isinstance(own, str) and is_exercise(own):
        return own
    frame: FrameType | None = caller
    while frame is not None:
        known = [
            name for place in (frame.f_locals, frame.f_globals) for name, value in place.items() if value is answer
        ]
        if found := next(filter(is_exercise, known), None):
            return found
        frame = frame.f_back
    return own if isinstance(own, str) else type(answer).__name__
