"""How long `check` takes: the slowest exercise with its right and its first wrong answer; the first in a kernel."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.report import Measurement
from course_lib.checks.engine.catalogue import all_exercises
from course_lib.checks.engine.examine import examine
from course_lib.checks.engine.exercise import Exercise

TARGET = 1.0  # seconds
FIRST_TARGET = 0.3  # seconds that the first check in a kernel may take more than the second
FIRST = """
import time, torch
def softmax(scores, dim=-1):
    e = (scores - scores.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
start = time.perf_counter()
from course_lib.checks import check
assert check(softmax)
middle = time.perf_counter()
check(softmax)
print(2 * middle - start - time.perf_counter())
"""  # what an exercise notebook runs, and how much longer the first check took than the second


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
    yield Measurement(
        "the first check in a kernel takes longer by",
        "-",
        tuple(first_over_second() for _ in range(runs)),
        "s",
        at_most=FIRST_TARGET,
    )
    yield Measurement("a check, on average", "-", tuple(sum(t.values()) / len(t) for t in rounds), "s")


def first_over_second() -> float:
    """Seconds that the first check of a fresh process, imports included, takes more than the second."""
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    return float(done.stdout)


def slower_answer(exercise: Exercise) -> float:
    """Seconds of the slower of two checks: of a right answer and of a wrong one."""
    return max(seconds(exercise, answer) for answer in (exercise.reference, exercise.misconceptions[0].mutant))


def seconds(exercise: Exercise, answer: Callable) -> float:
    """Seconds of one check."""
    start = time.perf_counter()
    examine(exercise, answer, seed=0)
    return time.perf_counter() - start
