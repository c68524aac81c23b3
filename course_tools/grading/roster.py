"""Who is in the class: a CSV file with a line a student, as course systems export it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from course_tools.grading.naming import ID
from course_tools.grading.outputs.reading_tables import read_table
from course_tools.grading.results import Student

# Headings, in small letters, under which course systems give these.
FIRST = ("first_name", "first name", "firstname", "given name")
LAST = ("last_name", "last name", "lastname", "surname", "family name")
FULL = ("name", "full name", "student", "student name")
EMAIL = ("email", "email address", "e-mail", "mail")
KNOWN = (*ID, *FIRST, *LAST, *FULL, *EMAIL)
CANVAS_NOTES = ("points possible", "student, test")  # in place of names in the grade book that Canvas exports
CANVAS_POLICIES = ("manual posting", "automatic posting")  # in its line about when grades are shown


def read_roster(path: Path) -> tuple[Student, ...]:
    """The students in a CSV file with a line of headings. Raises ValueError as `read_roster_and_remarks` does."""
    return read_roster_and_remarks(path)[0]


def read_roster_and_remarks(path: Path) -> tuple[tuple[Student, ...], tuple[str, ...]]:
    """The students in a CSV file with a line of headings, and sentences about lines that name nobody, or not as others.

    Who has nothing in the column that names the others is called by the next best.
    Raises ValueError if it cannot be read as CSV in UTF-8, if no column says who the students are, or if two lines
    have the same id.
    """
    table = read_table(path, guess=False)
    headings = {name.strip().lower(): name for name in reversed(table.headings)}
    columns = [headings[name] for name in preferred_ids(headings) if name in headings]
    if not columns:
        wanted = ", ".join(ID)
        raise ValueError(
            f"{path.name}: no column says who the students are; it has none of {wanted} or {', '.join(FULL)}"
        )
    small = [name.strip().lower() for name in table.headings]
    if twice := [name for name in dict.fromkeys(small) if name in KNOWN and small.count(name) > 1]:
        raise ValueError(f"{path.name} has two columns called {', '.join(twice)}: delete one, or give it another name")
    students: dict[str, Student] = {}
    lines: dict[str, int] = {}
    remarks = []
    for number, line in table.by_heading():
        if _is_note(line, headings):
            continue
        column = next((column for column in columns if line[column]), "the name")
        student = _student(line, line.get(column, ""), headings)
        if not student.id:
            remarks.append(f"{path.name}, line {number}: nothing in it says who the student is, it is passed over")
            continue
        if student.id in students:
            raise ValueError(
                f"{path.name}: two students have the id {student.id!r}, in lines {lines[student.id]} and {number}"
            )
        if column != columns[0]:
            said = f"no {columns[0]}, so the student is called {student.id!r}, which stands under {column}"
            remarks.append(f"{path.name}, line {number}: {said}")
        students[student.id], lines[student.id] = student, number
    return tuple(students.values()), tuple(remarks)


def _student(line: Mapping[str, str], named: str, headings: Mapping[str, str]) -> Student:
    """The student of a line, called as it is `named`; if that is empty, by first and last name."""
    full = _value(line, headings, FULL)
    first, last = _value(line, headings, FIRST), _value(line, headings, LAST)
    if full and not (first or last):
        first, last = split_name(full)
    return Student(named or f"{first} {last}".strip(), first, last, _value(line, headings, EMAIL), dict(line))


def _is_note(line: Mapping[str, str], headings: Mapping[str, str]) -> bool:
    """Whether a line of the grade book that Canvas exports is about nobody, or about the student it makes for tests."""
    name = _value(line, headings, FULL).lower()
    return name in CANVAS_NOTES or (not name and any(cell.lower() in CANVAS_POLICIES for cell in line.values()))


def preferred_ids(headings: Mapping[str, str]) -> tuple[str, ...]:
    """Columns that can name a student, best first; Canvas' own number is worse than the login of the school."""
    if "sis login id" in headings:
        return ("sis login id", *ID, *EMAIL, *FULL)
    return (*ID, *EMAIL, *FULL)


def split_name(full: str) -> tuple[str, str]:
    """First and last name of "Doe, Jane" or "Jane Doe"."""
    if "," in full:
        last, _, first = full.partition(",")
        return first.strip(), last.strip()
    first, _, last = full.strip().rpartition(" ")
    return first.strip(), last.strip()


def _value(line: Mapping[str, str], headings: Mapping[str, str], names: Sequence[str]) -> str:
    return next((line[headings[name]] for name in names if name in headings and line[headings[name]]), "")
