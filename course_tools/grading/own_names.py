"""Names of their own for those whose names could mean one student: no work takes the place of another's."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from course_tools.grading.identity import clean_name, known_id, mark_of
from course_tools.grading.results import Student


class Claim(NamedTuple):
    """Whose a notebook is, as far as its name says. student: who that name means.

    number: the course system's; "" if it gave none.   written: the name as it stands; "" if a system wrote it.
    """

    student: str
    topic: str
    number: str
    written: str


def own_names(claims: Sequence[Claim], roster: Sequence[Student]) -> Iterator[str]:
    """What the student of each claim is called.

    Who shares a name with somebody else has the system's number behind it, unless the roster says whose that number is.
    Of several that were written in different ways, in one lesson, only the one that is the student's id is the student.
    """
    shared = _shared(claims)
    disputed = _several(claims, [_folded(claim.written) for claim in claims])
    for student, _, number, written in claims:
        if number:
            certain = known_id(roster, number) == student or student not in shared
            yield student if certain else f"{student} ({number})"
        elif written and student in disputed and _folded(written) != _folded(student):
            own = clean_name(written)
            yield f"{own}~{mark_of(written)}" if own == student else own
        else:
            yield student


def _shared(claims: Sequence[Claim]) -> set[str]:
    """Names to which a system gave several numbers. A name with a number behind it may be one that somebody chose."""
    shared = _several(claims, [claim.number for claim in claims])
    given = {(claim.student, claim.number) for claim in claims if claim.number}
    while True:
        behind = {f"{student} ({number})" for student, number in given if student in shared}
        if not (chosen := {student for student, _ in given} & behind - shared):
            return shared
        shared |= chosen


def _several(claims: Sequence[Claim], marks: Sequence[str]) -> set[str]:
    """Students who have, in one lesson, more than one of these marks, of which there is one for each claim or ""."""
    found: dict[tuple[str, str], set[str]] = {}
    for claim, mark in zip(claims, marks, strict=True):
        found.setdefault((claim.student, claim.topic), set()).update({mark} - {""})
    return {student for (student, _), several in found.items() if len(several) > 1}


def _folded(name: str) -> str:
    """For comparing: without capitals, which systems do not tell apart. Signs count."""
    return unicodedata.normalize("NFC", name).casefold()
