"""Which student a name means, as people type it in tables and options and as course systems write it into paths."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from course_tools.grading.results import Student

# Headings, in small letters, under which course systems say who a student is.
ID = ("id", "student_id", "username", "sis login id", "sis user id", "identifier", "id number", "roster_identifier")
FIRST_POINT, LAST_POINT, FIRST_ACCENT = 10, 36, 200  # of the classes into which Unicode sorts marks on letters
SUGGESTED = 3  # students at most that a sentence about an unknown name offers


def find_student(roster: Sequence[Student], key: str) -> Student | None:
    """The student that a name means: id, address, name in either order, or any number of the roster's.

    None if it means nobody, or more than one.
    """
    found = _meant(roster, key)
    return found[0] if len(found) == 1 else None


def students_of_name(roster: Sequence[Student], name: str) -> list[Student]:
    """Those who have this first and last name, in either order, whatever ids or addresses others have."""
    wanted = _letters(name)
    return [one for one in roster if wanted and wanted in map(_letters, _full_names(one))]


def student_named(students: Sequence[Student], key: str) -> Student:
    """The student that a name means, found as `find_student` does.

    Raises ValueError, and says how those are called who may be meant, if that is nobody, or more than one.
    """
    found = _meant(students, key)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{key!r} means more than one student: say which, {_or(found)}")
    if near := _near(students, key):
        raise ValueError(f"no student {key!r}; did you mean {_or(near)}?")
    such = f", such as {called(students[0])}" if students else ""
    raise ValueError(f"no student {key!r}: students are named by id, full name or e-mail address{such}")


def called(student: Student) -> str:
    """How a student is named in tables and options: by id, and whose id it is where a roster says so."""
    return repr(student.id) if student.name == student.id else f"{student.id!r} ({student.name})"


def _meant(students: Sequence[Student], key: str) -> list[Student]:
    """Those whom a name means; what is the same letter by letter goes before what only sounds the same."""
    if exact := [one for one in students if key == one.id] or [one for one in students if key and key == one.email]:
        return exact
    wanted = _letters(key)
    return [one for one in students if wanted and wanted in {_letters(name) for name in _names(one)}]


def _names(student: Student) -> Iterator[str]:
    """All that a student is called."""
    yield from (student.id, student.email, student.email.split("@")[0])
    yield from _full_names(student)
    for heading, value in student.columns.items():
        if heading.strip().lower() in ID:
            yield value
        if heading == "Identifier":  # Moodle's "Participant 1004", whose number names folders
            yield re.sub(r"\D", "", value)


def _full_names(student: Student) -> tuple[str, str]:
    """First and last name in either order, as course systems write them."""
    return f"{student.first_name} {student.last_name}", f"{student.last_name} {student.first_name}"


def _near(students: Sequence[Student], key: str) -> list[Student]:
    """Those who may be meant: first who has the name within theirs, then who is called much like it."""
    by_name = {name: one for one in students for text in _names(one) if (name := _letters(text))}
    wanted = _letters(key)
    within = [name for name in by_name if wanted and wanted in name]
    alike = difflib.get_close_matches(wanted, list(by_name), n=SUGGESTED)
    near = {by_name[name].id: by_name[name] for name in [*within, *alike]}
    return list(near.values())[:SUGGESTED]


def _or(students: Iterable[Student]) -> str:
    return " or ".join(called(student) for student in students)


def _letters(text: str) -> str:
    """For comparing: no case, no accents, no spaces or signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum() or _spells(character))


def _spells(character: str) -> bool:
    """Whether a mark on a letter makes another name: vowels of India and Thailand do, or the voicing of kana.

    Accents, and the points of Hebrew and Arabic, are often left out; the classes of Unicode tell them apart.
    """
    if unicodedata.category(character) not in ("Mn", "Mc") or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return False
    place = unicodedata.combining(character)
    return place < FIRST_POINT or LAST_POINT < place < FIRST_ACCENT
