"""What can be seen at one field of a result that has several, each with its name."""

from collections.abc import Mapping, Sequence
from typing import Any

from course_lib.checks.engine.exercise import Case
from course_lib.checks.engine.outcome import Outcome, Returned

SMALLEST = 2  # 0 and 1 stand in many fields, and say nothing of where they were taken from


def taken_from(field: str, failed: Sequence[tuple[Case, Outcome, Outcome]]) -> str:
    """Whether the wrong field holds, on every input that is wrong, the number of another field; "" if it does not."""
    results = [
        (wanted.value, got.value)
        for _, wanted, got in failed
        if isinstance(wanted, Returned) and isinstance(got, Returned)
    ]
    if len(results) < len(failed) or not all(_tells(field, *result) for result in results):
        return ""
    for other in results[0][0]:
        if other != field and all(
            _is_number(wanted.get(other)) and wanted[other] == got[field] for wanted, got in results
        ):
            return f"yours is what {other} should be: are the two mixed up?"
    return ""


def _tells(field: str, wanted: Any, got: Any) -> bool:
    """Whether both have the field, and the number in it is large enough to come from somewhere."""
    if not isinstance(wanted, Mapping) or not isinstance(got, Mapping) or field not in wanted:
        return False
    return _is_number(got.get(field)) and abs(got[field]) >= SMALLEST


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
