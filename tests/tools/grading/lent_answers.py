"""Tries everything of the library that an answer could find as the answer, and prints what is right. Its own process:
what it calls may print, wait, and change settings.
"""

import contextlib
import importlib
import inspect
import io
import signal
import sys
from collections.abc import Callable, Iterator

import torch

from course_lib.checks.engine.compare import outcome_difference
from course_lib.checks.engine.draw import draw_cases
from course_lib.checks.engine.examine import RIGHT, examine
from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.outcome import Returned
from course_lib.checks.engine.settled import settled
from course_lib.checks.engine.subject import run
from course_tools.grading import allowed_modules
from course_tools.grading.flags import forbidden_names
from course_tools.grading.handout import Handout, load_handouts
from tests.tools.grading.conftest import ROOT

SEED = 3
LOOKED_AT = 3  # cases that are tried first
SECONDS = 3


class Late(BaseException):
    """What is tried does not end."""


def stop(number: int, frame: object) -> None:
    raise Late


def found(handout: Handout, exercise: Exercise) -> Iterator[tuple[str, Callable]]:
    """Every function and class that stands in the modules a worker may be given, but for those that are cut out."""
    names = {**allowed_modules.modules_for_all(), **allowed_modules.modules_for(handout, exercise)}
    cut = {
        allowed_modules._home(name) for name in forbidden_names(exercise) if name.startswith(allowed_modules.PACKAGE)
    }
    for name in names:
        if name.startswith(allowed_modules.NEVER):
            continue
        module = importlib.import_module(name)
        for key, value in vars(module).copy().items():
            if callable(value) and getattr(value, "__module__", "") == name and (name, key) not in cut:
                yield f"{name}.{key}", value
                if inspect.isclass(value):
                    methods = (pair for pair in vars(value).copy().items() if inspect.isfunction(pair[1]))
                    yield from ((f"{name}.{key}.{method}", function) for method, function in methods)


def right_ones(handout: Handout, exercise: Exercise) -> Iterator[str]:
    """Names of what of the library is a right answer as it stands."""
    with settled():
        asked = draw_cases(exercise, SEED)
        pairs = [(case, run(exercise, exercise.reference, case, watched=False)) for case in asked]
    telling = [pair for pair in pairs if isinstance(pair[1], Returned)][:LOOKED_AT]
    for name, candidate in found(handout, exercise):
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            with settled(), torch.random.fork_rng(devices=[]), torch.enable_grad():
                alike = all(
                    outcome_difference(wanted, run(exercise, candidate, case, watched=False), exercise.tolerance)
                    is None
                    for case, wanted in telling
                )
        except (Late, SystemExit):
            alike = False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if alike and examine(exercise, candidate, SEED).status == RIGHT:
            yield name


def main() -> None:
    """Print the exercise and the name of each right answer that is found."""
    signal.signal(signal.SIGALRM, stop)
    said = sys.stdout
    for topic, handout in load_handouts(ROOT).items():
        for exercise in handout.checks.values():
            if exercise.cases is not single_case:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    names = list(right_ones(handout, exercise))
                for name in names:
                    print(topic, exercise.name, name, file=said)
    print("all tried", file=said)


if __name__ == "__main__":
    main()
