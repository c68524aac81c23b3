"""Moodle's offline grading worksheet, filled in: the file that Moodle gave, and only grades and comments changed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from course_lib.util.topics import find_topic
from course_tools.grading.outputs.moodle_feedback import comments, feedback_zip
from course_tools.grading.outputs.moodle_times import NOTHING, holds_times, read_column, submitted_column
from course_tools.grading.outputs.reading_tables import read_table
from course_tools.grading.outputs.summary import points_of
from course_tools.grading.outputs.tables import csv_text, number, read_number
from course_tools.grading.results import ClassGrades, Student

GRADE, MAXIMUM = "Grade", "Maximum Grade"  # in English; other languages are known by where the columns stand
COMMENTS = "Feedback comments"
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


@dataclass(frozen=True)
class FilledIn:
    """A worksheet with the grades of a topic. feedback: a zip of pages.   missing: students who have no line in it."""

    text: str
    feedback: bytes
    missing: tuple[str, ...] = ()


def moodle_csv(grades: ClassGrades, topic: str, worksheet: Path) -> FilledIn:
    """The worksheet with the grades and the feedback of one topic.

    Columns, their order and headings, in whatever language, and "Last modified (grade)", by which Moodle notices
    grades that were changed meanwhile, stay as they are. Grades are scaled to the worksheet's maximum.
    A grade that is not complete, and one of nobody who handed in, is left as it was; so are comments of people.

    Raises ValueError if the worksheet cannot be told to be one, or if it has a line of none of the students.
    """
    table = read_table(worksheet)
    headings, lines = table.headings, table.rows
    grade, maximum = _columns(headings, lines, worksheet.name)
    comment = _comment_column(headings, lines, maximum)
    missing, named = [], []
    for student in grades.students:
        submission = grades.find(student.id, topic)
        if submission is None:
            continue
        line = _line_of(student, lines, grade)
        if line is None:
            missing.append(student.id)
            continue
        named.append((student, _digits(line[0]), line[1] if grade > 1 else ""))
        counts = submission.complete and not grades.excused(student.id, topic)
        if counts and (possible := points_of(grades, topic)):
            text = number(round(submission.score / possible * _value(line[maximum]), 2))
            line[grade] = text.replace(".", ",") if "," in line[maximum] else text
        if comment is not None and not line[comment].strip():
            line[comment] = comments(grades, submission)
    if missing and not named:
        raise ValueError(
            f"{worksheet.name} has no line of any student who handed in: is it the worksheet of this course? "
            "Grade with it as the roster, so that Moodle's names of students are known"
        )
    return FilledIn(csv_text([headings, *lines], table.delimiter), feedback_zip(grades, topic, named), tuple(missing))


def moodle_times(grades: ClassGrades, topic: str, worksheet: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """When each student handed a topic in, by id, ISO 8601 in UTC, as the worksheet says, in this machine's time zone.

    Nobody is in it of whom the worksheet gives no time. Of a cell that cannot be read a sentence names the place.
    Raises ValueError as `moodle_csv` does.
    """
    table = read_table(worksheet)
    headings, lines = table.headings, table.rows
    grade, maximum = _columns(headings, lines, worksheet.name)
    column = submitted_column(headings, lines, maximum)
    if column is None:
        return {}, ()
    read = read_column([line[column] for line in lines])
    times, unread = {}, []
    for student in grades.students:
        line = _line_of(student, lines, grade) if grades.find(student.id, topic) is not None else None
        if line is None or line[column].strip() in NOTHING:
            continue
        place = next(index for index, one in enumerate(lines) if one is line)
        if (time := read[place]) is not None:
            times[student.id] = time.astimezone(UTC).isoformat(timespec="seconds")
        else:
            unread.append(
                f"{worksheet.name}, line {table.lines[place]}, column {headings[column]!r}: {line[column]!r} is no "
                f"time that can be read in one way only, so for {student.id} the time of the file counts"
            )
    return times, tuple(unread)


def _comment_column(headings: Sequence[str], lines: Sequence[Sequence[str]], maximum: int) -> int | None:
    """Where comments go; in a language that is not known the last column, if it comes right after one of times."""
    if COMMENTS in headings:
        return headings.index(COMMENTS)
    last = len(headings) - 1
    before, own = ([line[column] for line in lines] for column in (last - 1, last))
    return last if last - 1 > maximum and holds_times(before) and not holds_times(own) else None


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
    try:
        return read_number(text)
    except ValueError as error:
        raise ValueError(f"the worksheet has {text!r} for a maximum grade: {error}") from None


def _digits(identifier: str) -> str:
    """Moodle's number, with which it names folders of submissions, of "Participant 1234567"."""
    return "".join(character for character in identifier if character.isdigit())


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
