"""Marks that people gave, read from a CSV file and merged into the grades."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_lib.util.topics import find_topic
from course_tools.grading.naming import called, find_student, student_named
from course_tools.grading.outputs.marking import COLUMNS
from course_tools.grading.outputs.reading_tables import QUOTE, read_table
from course_tools.grading.outputs.summary import stem
from course_tools.grading.outputs.tables import number, read_number
from course_tools.grading.outputs.text import answer_digest, counted
from course_tools.grading.results import ClassGrades, ExerciseGrade, Student, SubmissionGrade

REQUIRED = ("student", "lesson", "exercise", "mark")
Line = dict[str, str]  # of a form, by column


@dataclass(frozen=True)
class Mark:
    """A mark as it was entered. line: of the file.   answer: digest of the answer it was given for, or "" for any.

    parts: the points of parts as a sum, "1 + 0.5", or "".
    """

    line: int
    student: str
    topic: str
    exercise: str
    points: float
    comment: str = ""
    parts: str = ""
    answer: str = ""


def read_form(path: Path) -> tuple[Line, ...]:
    """The lines of a form, filled in or not. Raises ValueError as `read_table` does."""
    return tuple(line for _, line in _numbered(path))


def _numbered(path: Path) -> Iterator[tuple[int, Line]]:
    """Each line of a form with its number in the file."""
    for number_of_line, cells in read_table(path, REQUIRED, known=COLUMNS).by_heading():
        yield number_of_line, {name: cells.get(name, "") for name in COLUMNS}


def from_page(path: Path) -> bool:
    """Whether a file of marks was saved by a page for marking: each line says for which answer its mark is."""
    lines = read_form(path)
    return bool(lines) and all(line["answer"] for line in lines)


def read_marks(path: Path) -> tuple[Mark, ...]:
    """The marks in a form; lines without one are left out.

    Raises ValueError if a mark is not a number of at least 0, if a lesson is unknown, or if a mark is entered twice; it
    lists all such lines.
    """
    marks, problems = [], []
    seen: dict[tuple[str, str, str, str], int] = {}
    for number_of_line, line in _numbered(path):
        if not line["mark"]:
            continue
        try:
            topic = find_topic(line["lesson"]).name
            points = _points(line["mark"])
            _require_no_cut_number(line)
        except ValueError as error:
            problems.append(f"line {number_of_line}: {error}")
            continue
        mark = Mark(
            number_of_line,
            line["student"],
            topic,
            line["exercise"],
            sum(points),
            line["comment"],
            " + ".join(map(number, points)) if len(points) > 1 else "",
            line["answer"],
        )
        key = (mark.student, mark.topic, mark.exercise, mark.answer)
        if key in seen:
            problems.append(f"line {number_of_line}: {mark.exercise} of {mark.student} has a mark in line {seen[key]}")
        seen[key] = number_of_line
        marks.append(mark)
    _raise(path.name, problems)
    return tuple(marks)


def without_a_mark(path: Path) -> tuple[str, ...]:
    """Sentences about lines with a comment and no mark, which nobody is shown."""
    lines = [str(number_of_line) for number_of_line, line in _numbered(path) if line["comment"] and not line["mark"]]
    if not lines:
        return ()
    return (f"{path.name}: a comment and no mark in line {', '.join(lines)}: students see comments with their marks",)


def merge_marks(
    grades: ClassGrades, marks: Iterable[Mark], source: str = "marks"
) -> tuple[ClassGrades, tuple[str, ...]]:
    """The grades with marks put in, and sentences about marks that were not.

    So it is if the answer has changed since, or if these grades do not cover the lesson.
    A mark for an exercise that a machine graded takes the place of its score: that settles disputes.
    Raises ValueError, and lists all such lines, if a student or an exercise is unknown or a mark is above the maximum.
    """
    given: dict[tuple[str, str, str], Mark] = {}
    lines: dict[tuple[str, str, str, str], int] = {}  # in which a mark stands, once it is known whose it is
    problems, stale = [], []
    elsewhere: dict[str, int] = {}  # marks of lessons that are not graded now
    for mark in marks:
        if mark.topic not in grades.topics:
            elsewhere[mark.topic] = elsewhere.get(mark.topic, 0) + 1
            continue
        try:
            mark, exercise = _find(grades, mark)
        except ValueError as error:
            problems.append(f"line {mark.line}: {error}")
            continue
        first = lines.setdefault((mark.student, mark.topic, mark.exercise, mark.answer), mark.line)
        if first != mark.line:
            problems.append(f"line {mark.line}: {mark.exercise} of {mark.student} has a mark in line {first}")
        elif mark.points > exercise.max_score + 1e-9:
            problems.append(
                f"line {mark.line}: {number(mark.points)} points for {mark.exercise} of {mark.student}, "
                f"which has at most {number(exercise.max_score)}"
            )
        elif mark.answer and mark.answer != answer_digest(exercise.answer_source):
            stale.append(
                f"line {mark.line}: {mark.student} has changed the answer to {mark.exercise} since it was marked"
            )
        else:
            given[mark.student, mark.topic, mark.exercise] = mark
    _raise(source, problems)
    stale += [
        f"{counted(count, 'mark')} for {stem(topic)}, which is not graded now" for topic, count in elsewhere.items()
    ]
    submissions = tuple(_with_marks(submission, given) for submission in grades.submissions)
    return dataclasses.replace(grades, submissions=submissions), tuple(f"{source}: {text}" for text in stale)


def by_id(students: Sequence[Student], lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines of a form with the ids of students, whatever else they are called there; unknown ones as they are."""
    named = ((line, find_student(students, line["student"])) for line in lines)
    return tuple(line | {"student": student.id} if student else line for line, student in named)


def _find(grades: ClassGrades, mark: Mark) -> tuple[Mark, ExerciseGrade]:
    """A mark under the id of its student, and the exercise that it is for. Raises ValueError if there is none."""
    student = student_named(grades.students, mark.student)
    submission = grades.find(student.id, mark.topic)
    if submission is None:
        raise ValueError(f"{called(student)} handed in nothing for {stem(mark.topic)}")
    for exercise in submission.exercises:
        if exercise.name == mark.exercise:
            return dataclasses.replace(mark, student=student.id), exercise
    raise ValueError(f"{stem(mark.topic)} has no exercise {mark.exercise!r}")


def _with_marks(submission: SubmissionGrade, given: dict[tuple[str, str, str], Mark]) -> SubmissionGrade:
    exercises = tuple(
        exercise
        if (mark := given.get((submission.student, submission.topic, exercise.name))) is None
        else _marked(exercise, mark)
        for exercise in submission.exercises
    )
    return dataclasses.replace(submission, exercises=exercises)


def _marked(exercise: ExerciseGrade, mark: Mark) -> ExerciseGrade:
    note = "; ".join(
        part for part in (exercise.note, mark.parts and f"points for parts: {mark.parts}", mark.comment) if part
    )
    return dataclasses.replace(exercise, status="manual", score=mark.points, note=note)


def _points(text: str) -> list[float]:
    """The points of a mark: one number, or those of parts as a sum, "1 + 0.5"."""
    try:
        return [read_number(part) for part in text.split("+")]
    except ValueError:
        raise ValueError(
            f"a mark is a number of at least 0, got {text!r} (points for parts stand as a sum: 1 + 0.5)"
        ) from None


def _require_no_cut_number(line: Line) -> None:
    """Raises ValueError if a line that no page wrote has half a number for a comment: `1,5` without quotation marks."""
    if line["comment"].isdecimal() and not line["answer"]:
        raise ValueError(
            f"is the mark {line['mark']}, or {line['mark']}.{line['comment']}? A comment is more than a number: {QUOTE}"
        )


def _raise(source: str, problems: list[str]) -> None:
    if problems:
        raise ValueError("\n  ".join([f"{source} was not taken, nothing was changed:", *problems]))
