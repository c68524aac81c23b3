"""Grade books as CSV: nbgrader's columns, Canvas' import, and a line for each exercise.

A grade that is not complete (an exercise waits for its mark, or could not be graded) is an empty cell, never a 0.
"""

import re

from course_lib.util.topics import find_topic
from course_tools.grading.due import moment
from course_tools.grading.outputs.summary import handed_in_topics, points_of, stem
from course_tools.grading.outputs.tables import as_rows, csv_text, number
from course_tools.grading.results import ClassGrades, Student

# https://nbgrader.readthedocs.io: the columns of `nbgrader export`
NBGRADER = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")  # Section ends what is known before assignments
CANVAS_EXCUSED = "EX"
POINTS_POSSIBLE = "    Points Possible"  # indented, as Canvas exports it
EXERCISES = (
    "student_id",
    "assignment",
    "exercise",
    "kind",
    "status",
    "score",
    "max_score",
    "mistake",
    "late",
    "seed",
    "note",
)
_CANVAS_ID = re.compile(r"\s*\(\d+\)\s*$")


def nbgrader_csv(grades: ClassGrades, due: str = "") -> str:
    """A line for each student and assignment, as `nbgrader export` writes it: nothing handed in is 0, without a time.

    But what was handed in and refused is no 0, nor is what a student is excused from: the cell is empty.

    due: ISO 8601, or "".
    """
    lines = []
    for topic in handed_in_topics(grades):
        for student in grades.students:
            submission = grades.find(student.id, topic)
            excused = grades.excused(student.id, topic)
            nothing = "" if excused or grades.refused_of(student.id, topic) else "0"
            counted = submission if submission is not None and submission.complete and not excused else None
            empty = nothing if submission is None else ""
            lines.append(
                {
                    "assignment": stem(topic),
                    "duedate": _plain_time(due),
                    "timestamp": _plain_time(submission.submitted_at) if submission else "",
                    "student_id": student.id,
                    "last_name": student.last_name,
                    "first_name": student.first_name,
                    "email": student.email,
                    "raw_score": number(counted.raw_score) if counted else empty,
                    "late_submission_penalty": number(counted.penalty) if counted else "0",
                    "score": number(counted.score) if counted else empty,
                    "max_score": number(points_of(grades, topic)),
                }
            )
    return csv_text(as_rows(NBGRADER, lines))


def canvas_csv(grades: ClassGrades, *, points_row: bool = True) -> str:
    """What Canvas imports into its gradebook: a line a student, a column an assignment.

    With the gradebook that Canvas exported as roster, students and assignments keep their numbers. Without it, Canvas
    finds a student by SIS Login ID, for which stands the name that submissions are filed under.
    points_row: a second line that says how many points each assignment has.
    """
    topics = handed_in_topics(grades)
    columns = [canvas_column(grades, topic) for topic in topics]
    rows = [[*CANVAS, *columns]]
    if points_row:
        rows.append([POINTS_POSSIBLE, "", "", "", "", *(number(points_of(grades, topic)) for topic in topics)])
    for student in grades.students:
        rows.append([*_canvas_student(student), *(_canvas_score(grades, student, topic) for topic in topics)])
    return csv_text(rows)


def canvas_column(grades: ClassGrades, topic: str) -> str:
    """The heading of an assignment: the roster's, with its number, such as "Attention from scratch (1234)".

    Without one, the assignment's name alone, for which Canvas asks when it imports.
    """
    known = find_topic(topic)
    names = {known.stem, known.name, known.title, f"{known.number:02d} {known.title}", f"{known.number} {known.title}"}
    wanted = {_letters(name) for name in names}
    for heading in grades.roster[0].columns if grades.roster else ():
        if _CANVAS_ID.search(heading) and _letters(_CANVAS_ID.sub("", heading)) in wanted:
            return heading
    return known.stem


def exercises_csv(grades: ClassGrades) -> str:
    """A line for each exercise of each submission, for questions of your own."""
    lines = [
        {
            "student_id": submission.student,
            "assignment": stem(submission.topic),
            "exercise": exercise.name,
            "kind": exercise.kind,
            "status": exercise.status,
            "score": "" if exercise.score is None else number(exercise.score),
            "max_score": number(exercise.max_score),
            "mistake": exercise.mistake.name if exercise.mistake else "",
            "late": "yes" if submission.late else "no",
            "seed": str(exercise.seed),
            "note": exercise.note,
        }
        for submission in grades.submissions
        for exercise in submission.exercises
    ]
    return csv_text(as_rows(EXERCISES, lines))


def _canvas_score(grades: ClassGrades, student: Student, topic: str) -> str:
    if grades.excused(student.id, topic):
        return CANVAS_EXCUSED
    submission = grades.find(student.id, topic)
    return number(submission.score) if submission is not None and submission.complete else ""


def _canvas_student(student: Student) -> list[str]:
    columns = student.columns
    named = ", ".join(part for part in (student.last_name, student.first_name) if part) or student.id
    given = [columns.get(name, "") for name in CANVAS]
    from_canvas = any(given[1:4])
    return [columns.get("Student") or named, given[1], given[2], given[3] if from_canvas else student.id, given[4]]


def _plain_time(text: str) -> str:
    """As nbgrader writes times: in UTC, without saying so."""
    return moment(text).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
