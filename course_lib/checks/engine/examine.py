"""Examining an answer: run it on every case, test its properties, and name the mistake it behaves like."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from course_lib.checks.engine.compare import outcome_difference, prediction_difference
from course_lib.checks.engine.diagnose import changes, diagnose, told_changes
from course_lib.checks.engine.draw import draw_cases, draw_order
from course_lib.checks.engine.drive import Change
from course_lib.checks.engine.exercise import Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.checks.engine.likeness import likeness
from course_lib.checks.engine.outcome import CALL_SECONDS, Outcome, Raised, Returned, TimedOut
from course_lib.checks.engine.settled import settled
from course_lib.checks.engine.shown import effort_to_read, shown_input
from course_lib.checks.engine.subject import Exercisable, Subject, run

RIGHT, WRONG, NOT_ATTEMPTED = "right", "wrong", "not attempted"
NO_MEMORY = "allocate memory"  # as torch says it, in an error of a kind that has many causes
UNCHANGED = "leaves its inputs as they were"


@dataclass(frozen=True)
class Verdict:
    """Whether one sentence about the answer holds; if not, detail says what happened, and on which input.

    looked_at: False if it could not be found out, because of what another verdict tells.
    """

    statement: str
    holds: bool
    detail: str = ""
    looked_at: bool = True


@dataclass(frozen=True)
class Examination:
    """All that an examination found. status: "right", "wrong" or "not attempted".

    mistake: the misconception that the answer behaves like, if there is one.
    seen: where there is none, what the wrong results have to do with the right ones, as far as it can be told.
    seed: with it, the same inputs are drawn again.   printed: the beginning of what the answer printed.
    """

    exercise: Exercise
    status: str
    verdicts: tuple[Verdict, ...] = ()
    mistake: Misconception | None = None
    printed: str = ""
    seed: int = 0
    seen: tuple[str, ...] = ()


def examine(exercise: Exercise, answer: Callable, seed: int, seconds: float = CALL_SECONDS) -> Examination:
    """Examine one answer on the inputs drawn with `seed`; a call may take `seconds`."""
    subject = Subject(exercise, answer, seconds)
    try:
        return examine_subject(exercise, subject, seed)
    finally:
        subject.close()


def examine_subject(exercise: Exercise, subject: Exercisable, seed: int) -> Examination:
    """Examine an answer wherever it runs: in this process, or out of its reach."""
    with settled():
        return examine_cases(exercise, subject, draw_cases(exercise, seed), seed)


def examine_cases(exercise: Exercise, subject: Exercisable, cases: list[Case], seed: int) -> Examination:
    """As `examine_subject`, on cases that were drawn with `seed`, in settings that are settled."""
    return _Interview(exercise, subject, cases, seed).examination()


@dataclass(frozen=True)
class _Asked:
    """A case that was put to the answer, what the reference made of it, and what the answer did."""

    case: Case
    wanted: Outcome
    got: Outcome


class _Interview:
    """Cases and properties are put to the answer in a drawn order; what is told has the order of the exercise."""

    def __init__(self, exercise: Exercise, subject: Exercisable, cases: list[Case], seed: int) -> None:
        self._exercise, self._subject, self._cases, self._seed = exercise, subject, cases, seed
        self._asked: dict[int, list[_Asked]] = {number: [] for number in range(len(cases))}
        self._verdicts: dict[int, Verdict] = {}  # of properties, by number
        self._changed: list[Change] = []  # inputs changed in calls of properties
        self._late = False  # whether the answer was not done in time: then it is asked no more

    def examination(self) -> Examination:
        """Ask everything, and judge."""
        exercise, cases = self._exercise, self._cases
        order = draw_order(cases, len(exercise.properties), self._seed)
        self._announce(order)
        expected = [_expected(exercise, case) for case in cases]
        returned = False
        for place, number in enumerate(order, start=1):
            if self._late:
                break
            if number >= len(cases):
                self._test(number - len(cases))
                self._announce(order[place:])
                continue
            got = self._subject.outcome(cases[number])
            returned = returned or isinstance(got, Returned)
            if isinstance(got, Raised) and got.stub and not returned:
                return Examination(exercise, NOT_ATTEMPTED, seed=self._seed, printed=self._subject.printed)
            self._late = isinstance(got, TimedOut)
            self._asked[number].append(_Asked(cases[number], expected[number], got))
        verdicts = self._all_verdicts()
        if all(verdict.holds for verdict in verdicts):
            return Examination(exercise, RIGHT, verdicts, seed=self._seed)
        asked = [(one.case, one.wanted, one.got) for repeated in self._asked.values() for one in repeated]
        mistake = diagnose(exercise, asked)
        seen = likeness(exercise, asked) if mistake is None else ()
        return Examination(exercise, WRONG, verdicts, mistake, self._subject.printed, self._seed, seen)

    def _announce(self, order: Sequence[int]) -> None:
        """Tell the subject the cases that come before the next property, whose questions depend on what it answers."""
        self._subject.announce(
            [self._cases[number] for number in itertools.takewhile(lambda number: number < len(self._cases), order)]
        )

    def _test(self, number: int) -> None:
        prop = self._exercise.properties[number]
        raised: list[str] = []  # by the answer, so that there was nothing to test

        def call(*args: Any, **kwargs: Any) -> Any:
            outcome = self._subject.outcome(Case(args, kwargs))
            self._changed.extend(changes(self._exercise, outcome))
            if isinstance(outcome, Returned):
                return outcome.value
            if isinstance(outcome, TimedOut):
                self._late = True
                raised.append(str(outcome))
            else:
                raised.append(f"your code raised {outcome.kind}: {outcome.message}")
            raise Failed(raised[-1])

        self._verdicts[number] = _tested(prop, call, self._seed + number + 1, raised)

    def _all_verdicts(self) -> tuple[Verdict, ...]:
        """The cases' verdict first, then the properties', then one about the inputs if any was changed."""
        cases = self._agreement()
        first_failure = cases.looked_at and not cases.holds
        verdicts = [cases]
        for number, prop in enumerate(self._exercise.properties):
            verdict = self._verdicts.get(number, Verdict(prop.statement, False, looked_at=False))
            if not verdict.looked_at and verdict.detail and not first_failure:
                # It is the only thing that tells what is wrong, so it is told.
                verdict = Verdict(verdict.statement, False, verdict.detail)
            first_failure = first_failure or (verdict.looked_at and not verdict.holds)
            verdicts.append(verdict)
        verdicts += self._left_alone(right=not first_failure)
        return tuple(verdicts)

    def _agreement(self) -> Verdict:
        """Whether the answer gives on each case what the reference gives; shown is the failure read most easily."""
        exercise = self._exercise
        # How many there are is drawn: told, it would be another text for the same answer each time.
        statement = "gives the right result" if len(self._cases) == 1 else "gives the right result on all inputs"
        failures = []
        for one in (one for repeated in self._asked.values() for one in repeated):
            if (problem := _problem(exercise, one)) is not None:
                failures.append((effort_to_read(one.case), one.case, problem))
        if failures:
            _, case, problem = min(failures, key=lambda failure: failure[0])
            return Verdict(statement, False, f"{_label(case)}{problem}{shown_input(case)}")
        # Where a property was not done in time, the cases after it were not asked.
        return Verdict(statement, not self._late, looked_at=not self._late)

    def _left_alone(self, *, right: bool) -> list[Verdict]:
        result = "the right result, but " if right else ""
        for one in (one for repeated in self._asked.values() for one in repeated):
            if here := changes(self._exercise, one.got):
                told = told_changes(self._exercise, here)
                return [Verdict(UNCHANGED, False, f"{_label(one.case)}{result}{told}{shown_input(one.case)}")]
        if changed := list(dict.fromkeys(self._changed)):
            return [Verdict(UNCHANGED, False, f"{result}{told_changes(self._exercise, changed)}")]
        return []


def _expected(exercise: Exercise, case: Case) -> Outcome:
    """What the reference makes of a case. Raises MemoryError if there is none left for it: no answer is like that."""
    outcome = run(exercise, exercise.reference, case, watched=False)
    if isinstance(outcome, Raised) and (outcome.kind.endswith(MemoryError.__name__) or NO_MEMORY in outcome.message):
        raise MemoryError(f"too little memory is free to find out what {exercise.name} should give: {outcome.message}")
    return outcome


def _problem(exercise: Exercise, one: _Asked) -> str | None:
    problem = outcome_difference(one.wanted, one.got, exercise.tolerance)
    if problem is None or exercise.cases is not single_case:
        return problem
    if isinstance(one.wanted, Returned) and isinstance(one.got, Returned):
        return prediction_difference(one.wanted.value, one.got.value, exercise.tolerance)
    return problem


def _label(case: Case) -> str:
    return f"{case.label}: " if case.label else ""


def _tested(prop: Property, call: Callable[..., Any], seed: int, raised: list[str]) -> Verdict:
    try:
        prop.test(call, torch.Generator().manual_seed(seed))
    except Failed as failure:
        return Verdict(prop.statement, False, str(failure), looked_at=not raised)
    except Exception:
        # The test itself stumbled over a value of another shape or kind than it can work with.
        told = "this cannot be tested until the result has the right form"
        return Verdict(prop.statement, False, told, looked_at=False)
    return Verdict(prop.statement, True)
