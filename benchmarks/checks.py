"""How long `check` takes: the slowest exercise of the course, with its right answer and with its first wrong one."""

import time
from collections.abc import Callable, Iterator

from benchmarks.report import Measurement
from course_lib.checks.engine.catalogue import all_exercises
from course_lib.checks.engine.examine import examine
from course_lib.checks.engine.exercise import Exercise

TARGET = 1.0  # seconds


def measure(runs: int) -> Iterator[Measurement]:
    """In each round every exercise is checked; the first round, in which modules are loaded, does not count."""
    exercises = all_exercises().values()
    rounds = [{exercise.name: slower_answer(exercise) for exercise in exercises} for _ in range(runs + 1)][1:]
    slowest = max(rounds[0], key=lambda name: min(taken[name] for taken in rounds))
    yield Measurement(
        f"the slowest check of {len(exercises)}, {slowest}",
        "-",
        tuple(taken[slowest] for taken in rounds),
        "s",
        at_most=TARGET,
    )
    yield Measurement("a check, on average", "-", tuple(sum(t.values()) / len(t) for t in rounds), "s")


def slower_answer(exercise: Exercise) -> float:
    """Seconds of the slower of two checks: of a right answer and of a wrong one."""
    return max(seconds(exercise, answer) for answer in (exercise.reference, exercise.misconceptions[0].mutant))


def seconds(exercise: Exercise, answer: Callable) -> float:
    """Seconds of one check."""
    start = time.perf_counter()
    examine(exercise, answer, seed=0)
    return time.perf_counter() - start
