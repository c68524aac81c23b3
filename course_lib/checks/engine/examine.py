"""Examining an answer: run it on every case, test its properties, and name the mistake it behaves like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from course_lib.checks.engine.compare import outcome_difference, prediction_difference
from course_lib.checks.engine.describe import describe
from course_lib.checks.engine.diagnose import changes, diagnose, told_changes
from course_lib.checks.engine.drive import Change
from course_lib.checks.engine.exercise import Case, Exercise, Failed, Misconception, single_case
from course_lib.checks.engine.outcome import CALL_SECONDS, Outcome, Raised, Returned, TimedOut
from course_lib.checks.engine.subject import Exercisable, Subject, run

RIGHT, WRONG, NOT_ATTEMPTED = "right", "wrong", "not attempted"
UNCHANGED = "leaves its inputs as they were"


@dataclass(frozen=True)
class Verdict:
    """Whether one sentence about the answer holds; if not, detail says what happened, and on which input."""

    statement: str
    holds: bool
    detail: str = ""


@dataclass(frozen=True)
class Examination:
    """All that an examination found. status: "right", "wrong" or "not attempted".

    mistake: the misconception that the answer behaves like, if there is one.
    seed: with it, the same inputs are drawn again.   printed: the beginning of what the answer printed.
    """

    exercise: Exercise
    status: str
    verdicts: tuple[Verdict, ...] = ()
    mistake: Misconception | None = None
    printed: str = ""
    seed: int = 0


def examine(exercise: Exercise, answer: Callable, seed: int, seconds: float = CALL_SECONDS) -> Examination:
    """Examine one answer on the inputs drawn with `seed`; a call may take `seconds`."""
    subject = Subject(exercise, answer, seconds)
    try:
        return examine_subject(exercise, subject, seed)
    finally:
        subject.close()


def examine_subject(exercise: Exercise, subject: Exercisable, seed: int) -> Examination:
    """Examine an answer wherever it runs: in this process, or out of its reach."""
    cases = list(exercise.cases(torch.Generator().manual_seed(seed)))
    if not cases:
        raise ValueError(f"exercise {exercise.name} draws no cases, so nothing would be checked")
    expected = [run(exercise, exercise.reference, case) for case in cases]
    return _examine(exercise, subject, cases, expected, seed)


def _examine(
    exercise: Exercise, subject: Exercisable, cases: list[Case], expected: list[Outcome], seed: int
) -> Examination:
    outcomes: list[Outcome] = []
    for case in cases:
        outcomes.append(subject.outcome(case))
        returned = any(isinstance(outcome, Returned) for outcome in outcomes)
        if isinstance(outcomes[-1], Raised) and outcomes[-1].stub and not returned:
            return Examination(exercise, NOT_ATTEMPTED, seed=seed, printed=subject.printed)
        if isinstance(outcomes[-1], TimedOut):
            break
    verdicts = [_agreement(exercise, cases, expected, outcomes)]
    if not isinstance(outcomes[-1], TimedOut) and not _always_raised(expected, outcomes):
        properties, changed = _properties(exercise, subject, seed)
        verdicts += properties
        verdicts += _left_alone(exercise, cases, outcomes, changed, right=verdicts[0].holds)
    if all(verdict.holds for verdict in verdicts):
        return Examination(exercise, RIGHT, tuple(verdicts), seed=seed)
    mistake = diagnose(exercise, cases, expected, outcomes)
    return Examination(exercise, WRONG, tuple(verdicts), mistake, subject.printed, seed)


def _agreement(exercise: Exercise, cases: list[Case], expected: list[Outcome], outcomes: list[Outcome]) -> Verdict:
    """Whether the answer gives on each case what the reference gives; the detail shows the first, smallest failure."""
    count = len(cases)
    statement = "gives the right result" if count == 1 else f"gives the right result on {count} inputs"
    for case, wanted, got in zip(cases, expected, outcomes, strict=False):
        problem = outcome_difference(wanted, got, exercise.tolerance)
        if (
            problem is not None
            and exercise.cases is single_case
            and isinstance(wanted, Returned)
            and isinstance(got, Returned)
        ):
            problem = prediction_difference(wanted.value, got.value, exercise.tolerance)
        if problem is not None:
            label = f"{case.label}: " if case.label else ""
            return Verdict(statement, False, f"{label}{problem}{_shown_input(case)}")
    return Verdict(statement, True)


def _shown_input(case: Case) -> str:
    """The input, if it is small enough to think about."""
    shown = [describe(arg) for arg in case.args] + [f"{name}={describe(v)}" for name, v in case.kwargs.items()]
    text = ", ".join(shown)
    return f"\nInput: {text}" if text and len(text) <= 400 else ""


def _always_raised(expected: list[Outcome], outcomes: list[Outcome]) -> bool:
    ordinary = [got for wanted, got in zip(expected, outcomes, strict=True) if isinstance(wanted, Returned)]
    return bool(ordinary) and all(isinstance(got, Raised) for got in ordinary)


def _left_alone(
    exercise: Exercise, cases: list[Case], outcomes: list[Outcome], changed: list[Change], *, right: bool
) -> list[Verdict]:
    """A verdict if inputs were changed that should have stayed. changed: in the calls of the properties."""
    result = "the right result, but " if right else ""
    for case, outcome in zip(cases, outcomes, strict=False):
        if here := changes(exercise, outcome):
            label = f"{case.label}: " if case.label else ""
            return [Verdict(UNCHANGED, False, f"{label}{result}{told_changes(exercise, here)}{_shown_input(case)}")]
    return [Verdict(UNCHANGED, False, f"{result}{told_changes(exercise, changed)}")] if changed else []


def _properties(exercise: Exercise, subject: Exercisable, seed: int) -> tuple[list[Verdict], list[Change]]:
    """Whether each property holds, and inputs that were changed meanwhile."""
    changed: list[Change] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        outcome = subject.outcome(Case(args, kwargs))
        changed.extend(changes(exercise, outcome))
        if isinstance(outcome, Returned):
            return outcome.value
        if isinstance(outcome, TimedOut):
            raise Failed(f"your code was still running after {outcome.seconds:g} seconds")
        raise Failed(f"your code raised {outcome.kind}: {outcome.message}")

    verdicts = []
    for number, prop in enumerate(exercise.properties):
        try:
            prop.test(call, torch.Generator().manual_seed(seed + number + 1))
            verdicts.append(Verdict(prop.statement, True))
        except Failed as failure:
            verdicts.append(Verdict(prop.statement, False, str(failure)))
        except Exception:
            # The test itself stumbled over a value of another shape or kind than it can work with.
            verdicts.append(Verdict(prop.statement, False, "this cannot be tested until the result has the right form"))
    return verdicts, list(dict.fromkeys(changed))
