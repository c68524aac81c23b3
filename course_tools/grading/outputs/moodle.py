"""Moodle's offline grading worksheet, filled in: the file that Moodle gave, with nothing changed but the grades."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from course_lib.util.topics import find_topic
from course_tools.grading.outputs.summary import points_of
from course_tools.grading.outputs.tables import csv_text, number, read_table
from course_tools.grading.results import ClassGrades, Student

GRADE, MAXIMUM = "Grade", "Maximum Grade"  # in English; other languages are known by where the columns stand
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def assign_worksheets(given: Iterable[str], topics: Sequence[str]) -> dict[str, Path]:
    """Which worksheet is for which topic: "03=grades.csv", or the file alone if there is but one topic.

    Raises ValueError if that cannot be told, or if two are for the same topic.
    """
    found: dict[str, Path] = {}
    for text in given:
        lesson, sign, file = text.partition("=")
        if not sign and len(topics) != 1:
            raise ValueError(f"several lessons were handed in: say which {text} is for, such as 03={text}")
        topic = find_topic(lesson).name if sign else topics[0]
        if topic in found:
            raise ValueError(f"two worksheets for {topic}: {found[topic]} and {file or text}")
        found[topic] = Path(file if sign else text)
    return found


def moodle_csv(grades: ClassGrades, topic: str, worksheet: Path) -> tuple[str, tuple[str, ...]]:
    """The worksheet with the grades of one topic, and the students who have no line in it.

    Columns, their order and headings, in whatever language, and "Last modified (grade)", by which Moodle notices
    grades that were changed meanwhile, stay as they are. Grades are scaled to the worksheet's maximum.
    A grade that is not complete, and one of nobody who handed in, is left as it was.

    Raises ValueError if the worksheet cannot be told to be one, or if it has a line of none of the students.
    """
    (headings, *lines), delimiter = read_table(worksheet)
    grade, maximum = _columns(headings, lines, worksheet.name)
    missing = []
    matched = 0
    for student in grades.students:
        submission = grades.find(student.id, topic)
        if submission is None:
            continue
        line = _line_of(student, lines, grade)
        if line is None:
            missing.append(student.id)
            continue
        matched += 1
        if submission.complete and (possible := points_of(grades, topic)):
            text = number(round(submission.score / possible * _value(line[maximum]), 2))
            line[grade] = text.replace(".", ",") if "," in line[maximum] else text
    if missing and not matched:
        raise ValueError(
            f"{worksheet.name} has no line of any student who handed in: is it the worksheet of this course? "
            "Grade with it as the roster, so that Moodle's names of students are known"
        )
    return csv_text([headings, *lines], delimiter), tuple(missing)


def _columns(headings: Sequence[str], lines: Sequence[Sequence[str]], name: str) -> tuple[int, int]:
    """Where the grade and its maximum stand. Moodle always puts the maximum right after the grade."""
    if GRADE in headings and MAXIMUM in headings:
        return headings.index(GRADE), headings.index(MAXIMUM)
    for column in range(2, len(headings)):
        values = {line[column].strip() for line in lines}
        if len(values) == 1 and _NUMBER.fullmatch(values.pop()):
            return column - 1, column
    raise ValueError(
        f"{name} is not a grading worksheet of Moodle: it has no column of the maximum grade after that of the grade. "
        "Switch on 'Offline grading worksheet' in the assignment's feedback types, and download it there"
    )


def _line_of(student: Student, lines: list[list[str]], grade: int) -> list[str] | None:
    """The one line that names the student by id, address, full name or number; None if there is none, or several."""
    by_identifier = [line for line in lines if line[0] and line[0] in (student.id, student.columns.get("Identifier"))]
    if by_identifier:
        return by_identifier[0]
    wanted = {_letters(key) for key in (student.id, student.email, student.name) if key}
    found = [line for line in lines if wanted & {_letters(cell) for cell in (*line[:grade], _digits(line[0])) if cell}]
    return found[0] if len(found) == 1 else None


def _value(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(f"the worksheet has {text!r} for a maximum grade, expected a number")
    return float(text.strip().replace(",", "."))


def _digits(identifier: str) -> str:
    """Moodle's number, with which it names folders of submissions, of "Participant 1234567"."""
    return "".join(character for character in identifier if character.isdigit())


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
