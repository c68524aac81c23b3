"""Naming the mistake that an answer behaves like, and saying which inputs it changed."""

import inspect

from course_lib.checks.engine.compare import outcome_difference, same_outcome
from course_lib.checks.engine.drive import Change
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.engine.outcome import Outcome, Returned
from course_lib.checks.engine.subject import run


def diagnose(
    exercise: Exercise, cases: list[Case], expected: list[Outcome], outcomes: list[Outcome]
) -> Misconception | None:
    """The misconception whose mutant behaves on every case as the answer did, and on some not as the reference."""
    mutants = [
        (mistake, [run(exercise, mistake.mutant, case) for case in cases[: len(outcomes)]])
        for mistake in exercise.misconceptions
    ]
    for messages in (True, False):  # first with equal error messages, then with errors of the same kind
        for mistake, theirs in mutants:
            pairs = list(zip(theirs, outcomes, expected, strict=False))
            alike = all(
                same_outcome(m, got, exercise.tolerance, messages=messages)
                and {change.place for change in changes(exercise, m)}
                <= {change.place for change in changes(exercise, got)}
                for m, got, _ in pairs
            )
            telling = any(
                outcome_difference(wanted, m, exercise.tolerance) is not None or changes(exercise, m)
                for m, _, wanted in pairs
            )
            # Who fails on every input may do so for any reason: then only the same message tells the same mistake.
            works_somewhere = messages or any(isinstance(m, Returned) for m in theirs)
            if alike and telling and works_somewhere:
                return mistake
    return None


def changes(exercise: Exercise, outcome: Outcome) -> list[Change]:
    """The inputs that were changed although the exercise does not ask for it."""
    if not isinstance(outcome, Returned) or not outcome.changes:
        return []
    parameters = list(inspect.signature(exercise.reference).parameters)

    def allowed(place: int | str) -> bool:
        name = parameters[place] if isinstance(place, int) and place < len(parameters) else place
        return name in exercise.may_change_inputs

    return [change for change in outcome.changes if not allowed(change.place)]


def told_changes(exercise: Exercise, changed: list[Change]) -> str:
    """Which inputs were changed, in words: "your function changed its input `scores`"."""
    answer = "class" if isinstance(exercise.reference, type) else "function"
    names = [f"`{change.name}`" if change.name else f"number {int(change.place) + 1}" for change in changed]
    inputs = f"input {names[0]}" if len(names) == 1 else f"inputs {', '.join(names[:-1])} and {names[-1]}"
    return (
        f"your {answer} changed its {inputs}. Whoever calls it may still need what it gave: work on a copy, or make "
        "new values instead of writing into the old ones"
    )
