"""Who is in the class: a CSV file with a line a student, as course systems export it."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from course_tools.grading.results import Student

# Headings, in small letters, under which course systems give these.
ID = ("id", "student_id", "username", "sis login id", "sis user id", "identifier", "id number", "roster_identifier")
FIRST = ("first_name", "first name", "firstname", "given name")
LAST = ("last_name", "last name", "lastname", "surname", "family name")
FULL = ("name", "full name", "student", "student name")
EMAIL = ("email", "email address", "e-mail", "mail")
CANVAS_NOTES = ("points possible", "student, test")  # lines of Canvas' gradebook that are nobody


def read_roster(path: Path) -> tuple[Student, ...]:
    """The students in a CSV file with a line of headings.

    Raises ValueError if it cannot be read as CSV in UTF-8, if no column says who the students are, or if two lines
    have the same id.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            lines = list(csv.DictReader(file))
        except UnicodeDecodeError:
            raise ValueError(f"{path.name} is not text in UTF-8: save it as CSV in UTF-8") from None
        except csv.Error as error:
            raise ValueError(
                f"{path.name} cannot be read as CSV ({error}): is a quotation mark missing in it?"
            ) from None
    headings = {str(name).strip().lower(): name for name in (lines[0] if lines else {})}
    id_column = next((headings[name] for name in preferred_ids(headings) if name in headings), None)
    if id_column is None:
        wanted = ", ".join(ID)
        raise ValueError(
            f"{path.name}: no column says who the students are; it has none of {wanted} or {', '.join(FULL)}"
        )
    students = []
    for line in lines:
        full = _value(line, headings, FULL)
        first, last = _value(line, headings, FIRST), _value(line, headings, LAST)
        if full and not (first or last):
            first, last = split_name(full)
        name = (line.get(id_column) or "").strip()
        if name and name.lower() not in CANVAS_NOTES:
            columns = {str(key): value or "" for key, value in line.items() if key is not None}
            students.append(Student(name, first, last, _value(line, headings, EMAIL), columns))
    seen: set[str] = set()
    for student in students:
        if student.id in seen:
            raise ValueError(f"{path.name}: two students have the id {student.id!r}")
        seen.add(student.id)
    return tuple(students)


def preferred_ids(headings: dict[str, str]) -> tuple[str, ...]:
    """Columns that can name a student, best first; Canvas' own number is worse than the login of the school."""
    if "sis login id" in headings:
        return ("sis login id", *ID, *EMAIL, *FULL)
    return (*ID, *EMAIL, *FULL)


def find_student(roster: Sequence[Student], key: str) -> Student | None:
    """The student that a name in a path means: id, address, name in either order, or any number of the roster's."""
    wanted = _letters(key)
    if not wanted:
        return None
    exact = [student for student in roster if key in (student.id, student.email)]
    if exact:
        return exact[0]
    found = []
    for student in roster:
        names = {
            student.id,
            student.email,
            student.email.split("@")[0],
            f"{student.first_name} {student.last_name}",
            f"{student.last_name} {student.first_name}",
            *(value for name, value in student.columns.items() if name.strip().lower() in ID),
            *(re.sub(r"\D", "", value) for name, value in student.columns.items() if name == "Identifier"),
        }
        if wanted in {_letters(name) for name in names}:
            found.append(student)
    return found[0] if len(found) == 1 else None


def split_name(full: str) -> tuple[str, str]:
    """First and last name of "Doe, Jane" or "Jane Doe"."""
    if "," in full:
        last, _, first = full.partition(",")
        return first.strip(), last.strip()
    first, _, last = full.strip().rpartition(" ")
    return first.strip(), last.strip()


def _value(line: dict[str, str], headings: dict[str, str], names: Sequence[str]) -> str:
    return next((line[headings[name]].strip() for name in names if name in headings and line[headings[name]]), "")


def _letters(text: str) -> str:
    """For comparing: no case, no accents, no spaces or signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())
