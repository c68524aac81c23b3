"""Whatever an answer gives back, what can be seen at it is found out without an error of the checker's own."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from course_lib.checks.engine.catalogue import all_exercises
from course_lib.checks.engine.draw import draw_cases
from course_lib.checks.engine.exercise import Exercise
from course_lib.checks.engine.likeness import likeness
from course_lib.checks.engine.outcome import Raised, Returned
from course_lib.checks.engine.subject import run

EXERCISES = list(all_exercises().values())
ODDITIES = [
    None,
    True,
    0,
    10**400,
    -(2**70),
    math.nan,
    math.inf,
    "",
    "text",
    b"\xff",
    [],
    [[]],
    [None],
    [10**400, 1],
    [[1], [1, 2]],
    ["1", 2],
    [10**11, 2],
    (),
    ({},),
    {},
    {"output": None},
    {(1, 2): [3]},
    {1, 2},
    torch.zeros(0),
    torch.zeros(2, 0, 3),
    torch.tensor(math.nan),
    torch.full((3, 4), -math.inf),
    torch.zeros(3, 4, dtype=torch.complex64),
    torch.zeros(2, 3, 2, 2, 2, 2, 2),
    torch.zeros(5, dtype=torch.bool),
    torch.arange(6, dtype=torch.uint8).view(2, 3),
    np.zeros((2, 3)),
    [torch.zeros(2), None],
]


def mangled(value: Any, odd: Callable[[Any], Any]) -> Any:
    """The same form with other leaves."""
    if isinstance(value, dict):
        return {key: mangled(item, odd) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mangled(item, odd) for item in value)
    return odd(value)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_nothing_that_comes_back_is_too_odd(exercise: Exercise) -> None:
    cases = draw_cases(exercise, 3)[:3]
    wanted = [run(exercise, exercise.reference, case) for case in cases]
    for odd in ODDITIES:
        for got in ([Returned(odd)] * 3, [Returned(odd), Raised("ValueError", "no"), Returned(odd)]):
            seen = likeness(exercise, list(zip(cases, wanted, got, strict=False)))
            assert all(isinstance(sentence, str) for sentence in seen)
        if exercise.variants is not None:
            break  # which are tried anew for each: the others of the course stand for them


@pytest.mark.parametrize("exercise", [one for one in EXERCISES if one.variants is None], ids=lambda one: one.name)
def test_nothing_in_what_comes_back_is_too_odd(exercise: Exercise) -> None:
    cases = draw_cases(exercise, 3)[:3]
    wanted = [run(exercise, exercise.reference, case) for case in cases]
    for odd in ODDITIES:
        got = [
            Returned(mangled(one.value, lambda _: odd)) if isinstance(one, Returned) else one  # noqa: B023 - used at once
            for one in wanted
        ]
        seen = likeness(exercise, list(zip(cases, wanted, got, strict=True)))
        assert all(isinstance(sentence, str) for sentence in seen)
