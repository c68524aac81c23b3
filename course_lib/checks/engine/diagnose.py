"""Naming the mistake that an answer behaves like, and saying which inputs it changed."""

import inspect
from collections.abc import Sequence

from course_lib.checks.engine.compare import outcome_difference, same_outcome
from course_lib.checks.engine.drive import Change
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.engine.outcome import Outcome, Raised, Returned
from course_lib.checks.engine.subject import run


def diagnose(exercise: Exercise, asked: Sequence[tuple[Case, Outcome, Outcome]]) -> Misconception | None:
    """The misconception whose mutant behaves on every case as the answer did, and on some not as the reference.

    asked: cases, what the reference made of each, and what the answer did.
    """
    found = _behaves_like(exercise, asked)
    if found is None and any(map(_stumbled_over_memory, asked)):
        return _behaves_like(exercise, [one for one in asked if not _stumbled_over_memory(one)])
    return found


def _stumbled_over_memory(one: tuple[Case, Outcome, Outcome]) -> bool:
    """Whether `view` met memory in another order, which says nothing about the mistake that `reshape` would show."""
    _, _, got = one
    return isinstance(got, Raised) and got.message.split()[:2] == ["view", "size"]


def _behaves_like(exercise: Exercise, asked: Sequence[tuple[Case, Outcome, Outcome]]) -> Misconception | None:
    alike = []
    for mistake in exercise.misconceptions:
        theirs = _while_alike(exercise, mistake, asked)
        if len(theirs) < len(asked) or not _tells(exercise, theirs, asked):
            continue
        pairs = zip(theirs, asked, strict=True)
        if all(same_outcome(mutant, got, exercise.tolerance) for mutant, (_, _, got) in pairs):
            return mistake  # also the messages of errors are equal
        # Who fails on every input may do so for any reason: then only the same message tells the same mistake.
        if any(isinstance(mutant, Returned) for mutant in theirs):
            alike.append(mistake)
    return alike[0] if alike else None


def _while_alike(
    exercise: Exercise, mistake: Misconception, asked: Sequence[tuple[Case, Outcome, Outcome]]
) -> list[Outcome]:
    """What the mutant does, case by case, as far as the answer did the same, but for the messages of errors."""
    theirs: list[Outcome] = []
    for case, _, got in asked:
        outcome = run(exercise, mistake.mutant, case)
        if not same_outcome(outcome, got, exercise.tolerance, messages=False):
            break
        places = {change.place for change in changes(exercise, outcome)}
        if not places <= {change.place for change in changes(exercise, got)}:
            break
        theirs.append(outcome)
    return theirs


def _tells(exercise: Exercise, theirs: Sequence[Outcome], asked: Sequence[tuple[Case, Outcome, Outcome]]) -> bool:
    """Whether the mutant does something else than the reference on any of these cases."""
    return any(
        outcome_difference(wanted, mutant, exercise.tolerance) is not None or changes(exercise, mutant)
        for mutant, (_, wanted, _) in zip(theirs, asked, strict=True)
    )


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
