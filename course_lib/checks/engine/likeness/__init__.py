"""Saying what a wrong result has to do with the right one, where no mistake that is listed gives the same.

An answer that nobody has foreseen is still often right but for something that can be seen: twice as large, transposed,
an entry short, right in the first row alone. What is told here holds on every input whose result is wrong, not
by chance on one of them.
"""

import inspect
import warnings
from collections.abc import Sequence

from course_lib.checks.engine.compare import difference, outcome_difference, same_outcome
from course_lib.checks.engine.exercise import Case, Exercise, single_case
from course_lib.checks.engine.likeness import fields, layout, lists, rows, tensors
from course_lib.checks.engine.likeness.pairs import Pair, Relation, differing, given, tensors_of
from course_lib.checks.engine.likeness.places import place
from course_lib.checks.engine.likeness.predictions import prediction_likeness
from course_lib.checks.engine.outcome import Outcome, Returned
from course_lib.checks.engine.shown import effort_to_read
from course_lib.checks.engine.subject import run
from course_lib.checks.engine.variants import Variants

SAME_SHAPE = (*tensors.FIRST, *rows.RELATIONS[:1], *tensors.RELATIONS, *rows.RELATIONS[1:])
RELATIONS = (*lists.RELATIONS, *layout.RELATIONS, *SAME_SHAPE)  # the exact ones before those that leave more open
Asked = Sequence[tuple[Case, Outcome, Outcome]]  # a case, what the reference made of it, and what the answer did
FEWEST = 3  # inputs that come out right, before one that does not is said to be special


def likeness(exercise: Exercise, asked: Asked) -> tuple[str, ...]:
    """What is seen, in sentences without capital and full stop; none if nothing is."""
    failed = [one for one in asked if outcome_difference(one[1], one[2], exercise.tolerance) is not None]
    if exercise.cases is single_case:
        values = [(w.value, g.value) for _, w, g in failed if isinstance(w, Returned) and isinstance(g, Returned)]
        return prediction_likeness(exercise, *values[0]) if values else ()
    if any(isinstance(got, Returned) for _, _, got in failed) and (code := _code_alike(exercise, asked, failed)):
        return (f"yours does what this would do: {code}",)
    return tuple(said for said in (_of_values(exercise, failed), _of_inputs(asked, failed)) if said)


def _code_alike(exercise: Exercise, asked: Asked, failed: Asked) -> str:
    """The line of the first variant that does on every input what the answer did."""
    if exercise.variants is None:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what torch says of a variant is not of the learner's code
        return _first_alike(exercise, exercise.variants, asked, failed)


def _first_alike(exercise: Exercise, variants: Variants, asked: Asked, failed: Asked) -> str:
    ordered = [*sorted(failed, key=lambda one: effort_to_read(one[0])[1]), *asked]  # what is small is soon reckoned
    for line, mutant in variants.each():
        outcomes = ((run(exercise, mutant, case, watched=False), got) for case, _, got in ordered)
        if all(same_outcome(theirs, got, exercise.tolerance, messages=False) for theirs, got in outcomes):
            return line
    return ""


def _of_values(exercise: Exercise, failed: Asked) -> str:
    """What holds for all values that are wrong; or else for those at the first place that is."""
    pairs = [pair for one in failed for pair in _pairs(exercise, one)]
    where = list(dict.fromkeys(pair.where for pair in pairs))
    if pairs and all("gradient" in place for place in where):
        seen = _first(tensors.OF_GRADIENTS, pairs) if all(pair.tensors for pair in pairs) else ""
        return f"the output is right, its gradient is not: {seen}" if seen else ""
    if len(where) == 1 and (seen := fields.taken_from(where[0], failed)):
        return f"in {where[0]}: {seen}"
    if seen := _relation(pairs):
        return seen if len(where) > 1 or where[0] in ("", "output") else f"in {where[0]}: {seen}"
    here = [pair for pair in pairs if pair.where == where[0]]
    if len(where) > 1 and (seen := _relation(here)):
        return f"in {where[0]}: {seen}"
    return ""


def _pairs(exercise: Exercise, one: tuple[Case, Outcome, Outcome]) -> list[Pair]:
    case, wanted, got = one
    if not isinstance(wanted, Returned) or not isinstance(got, Returned):
        return []
    names = [] if isinstance(exercise.reference, type) else list(inspect.signature(exercise.reference).parameters)
    inputs, sizes = given(names, case.args, case.kwargs)

    def differ(expected: object, actual: object) -> bool:
        return difference(expected, actual, exercise.tolerance) is not None

    found = list(differing(wanted.value, got.value, differ))
    output = [one for one in found if one[0].split(", ")[0].split("[")[0] == "output"]
    return [Pair(where, expected, actual, inputs, sizes) for where, expected, actual in output or found]


def _relation(pairs: Sequence[Pair]) -> str:
    """The first relation that holds for all pairs, or at which places they are wrong; "" if nothing can be said."""
    if not pairs:
        return ""
    if not all(pair.tensors is not None for pair in pairs):
        return _first(lists.RELATIONS, pairs)
    if not all(wanted.shape == got.shape for wanted, got in tensors_of(pairs)):
        return _first((*lists.RELATIONS, *layout.RELATIONS), pairs)
    return _first(RELATIONS, pairs) or place(pairs) or ""


def _first(relations: Sequence[Relation], pairs: Sequence[Pair]) -> str:
    return next((seen for relation in relations if (seen := relation(pairs)) is not None), "")


def _of_inputs(asked: Asked, failed: Asked) -> str:
    """Which input alone is wrong, or right, where there are enough others."""
    wrong = {case.label for case, _, _ in failed}
    every = {case.label for case, _, _ in asked}
    right = every - wrong
    if len(wrong) == 1 and len(right) >= FEWEST and (label := next(iter(wrong))):
        return f"all other inputs come out right: what is special about this one, “{label}”?"
    if len(wrong) == 2 and len(right) >= FEWEST and all(wrong):
        one, other = sorted(wrong)
        return f"all other inputs come out right: what have these two in common, “{one}” and “{other}”?"
    if len(right) == 1 and len(wrong) >= FEWEST and (label := next(iter(right))):
        return f"only one input comes out right, “{label}”: what do the others have that it has not?"
    return ""
