"""Something that can be exercised: an answer in this process, in a thread and watched; or what is trusted."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import torch

from course_lib.checks.engine.copies import copied
from course_lib.checks.engine.drive import described, exercised
from course_lib.checks.engine.exercise import Case, Exercise
from course_lib.checks.engine.outcome import CALL_SECONDS, Outcome, Raised, Returned, Runner, TimedOut


@runtime_checkable
class Exercisable(Protocol):
    """What an examination needs of an answer."""

    @property
    def printed(self) -> str:
        """The beginning of what the answer has printed."""

    def announce(self, cases: Sequence[Case]) -> None:
        """Say which cases it will be run on next, in this order, and on no others before: it may begin with them."""

    def outcome(self, case: Case) -> Outcome:
        """Run the answer on one case."""


class Subject:
    """A function or class, through the exercise's driver, always on copies of the inputs."""

    def __init__(self, exercise: Exercise, answer: Callable, seconds: float = CALL_SECONDS) -> None:
        self._exercise = exercise
        self._answer = answer
        self._runner = Runner(min(seconds, exercise.seconds), answer)
        self._fate: TimedOut | None = None  # what every further call comes to, once one was not done in time

    def announce(self, cases: Sequence[Case]) -> None:
        """Nothing is done beforehand: the answer runs while it is waited for."""

    def outcome(self, case: Case) -> Outcome:
        """Run the answer on one case."""
        if self._fate is not None:
            return self._fate
        args, kwargs = copied((case.args, dict(case.kwargs)))
        outcome = self._runner.run(exercised, (self._exercise.drive, self._answer, args, kwargs))
        if isinstance(outcome, TimedOut):
            self._fate = outcome
        return Returned(*outcome.value) if isinstance(outcome, Returned) else outcome

    @property
    def printed(self) -> str:
        """The beginning of what the answer has printed."""
        return self._runner.printed.getvalue()

    def close(self) -> None:
        """Let go of the thread."""
        self._runner.close()


def run(exercise: Exercise, trusted: Callable, case: Case, *, watched: bool = True) -> Outcome:
    """Outcome of the reference or of a mutant, which need no thread and no clock.

    watched: whether it is also found out which inputs were changed.
    """
    args, kwargs = copied((case.args, dict(case.kwargs)))
    try:
        with torch.random.fork_rng(devices=[]):
            return Returned(*exercised(exercise.drive, trusted, args, kwargs, watched=watched))
    except Exception as error:
        return Raised(**described(error))
