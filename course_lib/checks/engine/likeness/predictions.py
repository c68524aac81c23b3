"""A nearer question about a prediction that is wrong, which does not give away what is right."""

import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine.compare import difference
from course_lib.checks.engine.exercise import Exercise
from course_lib.checks.engine.likeness.pairs import as_tensor

STEPS = ((1.01, "less than 1 %"), (1.1, "less than 10 %"), (2.0, "a factor below 2"), (10.0, "a factor below 10"))
MOST = 3  # numbers that are spoken of
ROUNDED = 1e-3  # how far two digits behind the point may be from what they were rounded from, as a share
WHOLE = 40  # up to this factor a multiple is likely to be one thing counted several times


def prediction_likeness(exercise: Exercise, expected: Any, actual: Any) -> tuple[str, ...]:
    """Of each number that is wrong the mistake that explains it alone, or roughly by how much it is off."""
    tolerance = exercise.tolerance
    wanted, got = as_tensor(expected), as_tensor(actual)
    if wanted is None or got is None or wanted.numel() != got.numel():
        return ()
    pairs = list(zip(wanted.flatten().tolist(), got.flatten().tolist(), strict=True))
    if len(pairs) > 1 and sorted(wanted.tolist()) == sorted(got.tolist()):
        return ("these are the right numbers, in another order",)
    said = [
        _explained(exercise, wanted, number - 1, pair[1]) or _off(number if len(pairs) > 1 else 0, *pair)
        for number, pair in enumerate(pairs, start=1)
        if difference(pair[0], pair[1], tolerance) is not None
    ]
    return tuple(said[:MOST])


def _explained(exercise: Exercise, wanted: Tensor, place: int, got: float) -> str:
    """The mistake that changes this number alone, and to this: several at once have no name of their own."""
    for mistake in exercise.misconceptions:
        theirs = as_tensor(mistake.mutant())
        if theirs is None or theirs.shape != wanted.shape or wanted.dim() == 0:
            continue
        others = torch.arange(wanted.numel()) != place
        alone = torch.equal(theirs.flatten()[others], wanted.flatten()[others])
        if alone and difference(float(theirs.flatten()[place]), got, exercise.tolerance) is None:
            return f"number {place + 1}: {mistake.name}. {mistake.explanation}"
    return ""


def _off(number: int, wanted: Real | float, got: Real | float) -> str:
    """One number: too small or too large, and how far. number: which of several, 0 for the only one."""
    name = f"number {number}" if number else "your number"
    wanted, got = float(wanted), float(got)
    if got == -wanted:
        return f"{name} has the wrong sign"
    way = "too small" if got < wanted else "too large"
    if wanted <= 0 or got <= 0:
        return f"{name} is {way}"
    ratio = max(wanted / got, got / wanted)
    if 1.5 < ratio < WHOLE and abs(ratio - round(ratio)) < 1e-6 * ratio:
        if got < wanted:
            return f"{name} is too small by a whole factor: which factor is forgotten?"
        return f"{name} is too large by a whole factor: which factor is counted several times?"
    if abs(ratio * math.log(2) - 1) < ROUNDED:
        return f"{name} is {way}, by a factor of 1 / ln 2: is it in nats where bits are meant, or the other way round?"
    by = next((told for limit, told in STEPS if ratio < limit), "more than a factor of 10")
    return f"{name} is {way}, by {by}{_cause(ratio, way)}"


def _cause(ratio: float, way: str) -> str:
    if ratio >= STEPS[1][0]:
        return ""
    return ": is something small forgotten, or rounded?" if way == "too small" else ": is something small too many?"
