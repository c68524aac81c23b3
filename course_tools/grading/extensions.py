"""More time for single students, students who are excused, and what late work costs by a policy of one's own."""

import dataclasses
import math
import runpy
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from course_lib.util.topics import find_topic
from course_tools.grading.due import Extension, is_late, late_by
from course_tools.grading.naming import called, student_named
from course_tools.grading.outputs.reading_tables import read_table
from course_tools.grading.results import ClassGrades, Student, SubmissionGrade

REQUIRED = ("student", "lesson", "due")
EXCUSED = "excused"  # in the column `due`
POLICY = "penalty"  # the function in a file with a policy
Policy = Callable[[timedelta | None, float, float], float]


def read_extensions(path: Path) -> tuple[Extension, ...]:
    """The lines of a CSV file: student, lesson (empty for all), and a date or the word "excused".

    Raises ValueError, and lists all such lines, if a lesson or a date cannot be, or if two lines say the same.
    """
    found: dict[tuple[str, str], Extension] = {}
    problems = []
    for number, line in read_table(path, REQUIRED).by_heading():
        try:
            one = _extension(line)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
            continue
        if (one.student, one.topic) in found:
            problems.append(f"line {number}: a line before it is about {one.student} and the same lesson")
        found[one.student, one.topic] = one
    if problems:
        raise ValueError("\n  ".join([f"{path.name} was not taken, nothing was changed:", *problems]))
    return tuple(found.values())


def _extension(line: Mapping[str, str]) -> Extension:
    if not line["student"]:
        raise ValueError("it does not say which student it is about")
    topic = find_topic(line["lesson"]).name if line["lesson"] else ""
    if line["due"].lower() == EXCUSED:
        return Extension(line["student"], topic)
    try:
        datetime.fromisoformat(line["due"])
    except ValueError:
        raise ValueError(f"due is a date such as 2026-10-08T23:59, or {EXCUSED}, got {line['due']!r}") from None
    return Extension(line["student"], topic, line["due"])


def with_extensions(grades: ClassGrades, extensions: tuple[Extension, ...]) -> ClassGrades:
    """The grades, late by each student's own date; students are named as `student_named` finds them.

    Raises ValueError, and names all of them, if students are not known, or if two lines are about the same.
    """
    extensions = _by_id(grades.students, extensions)
    grades = dataclasses.replace(grades, extensions=extensions)
    submissions = (
        dataclasses.replace(one, late=is_late(one.submitted_at, own.due))
        if (own := grades.extension(one.student, one.topic))
        else one
        for one in grades.submissions
    )
    return dataclasses.replace(grades, submissions=tuple(submissions))


def _by_id(students: tuple[Student, ...], extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """The extensions with each student's id, whatever name stands in the file."""
    found: dict[tuple[str, str], Extension] = {}
    problems = []
    for one in extensions:
        try:
            student = student_named(students, one.student)
        except ValueError as error:
            problems.append(str(error))
            continue
        if (student.id, one.topic) in found:
            problems.append(f"two lines are about {called(student)} and the same lesson")
        found[student.id, one.topic] = dataclasses.replace(one, student=student.id)
    if problems:
        raise ValueError("--extensions: " + "\n  ".join(dict.fromkeys(problems)))
    return tuple(found.values())


def read_policy(path: Path) -> Policy:
    """The function `penalty` of a Python file. Raises ValueError if there is none, or if the file cannot be run."""
    try:
        policy = runpy.run_path(str(path)).get(POLICY)
    except Exception as error:
        raise ValueError(f"--late-policy: {path} cannot be run: {type(error).__name__}: {error}") from error
    if not callable(policy):
        raise ValueError(f"--late-policy: {path} defines no function {POLICY}(late_by, score, max_score)")
    return policy


def with_penalties(grades: ClassGrades, due: str, policy: Policy) -> ClassGrades:
    """The grades, with the points that a policy takes off what is late; never more than there are.

    Raises ValueError if the policy fails, or gives no number of at least 0.
    """
    submissions = (
        dataclasses.replace(one, penalty=_penalty(grades, one, due, policy)) if one.late else one
        for one in grades.submissions
    )
    return dataclasses.replace(grades, submissions=tuple(submissions))


def _penalty(grades: ClassGrades, submission: SubmissionGrade, due: str, policy: Policy) -> float:
    own = grades.extension(submission.student, submission.topic)
    late = late_by(submission.submitted_at, own.due if own else due)
    try:
        points = float(policy(late, submission.raw_score, submission.max_score))
    except Exception as error:
        raise ValueError(f"--late-policy: {POLICY}({late!r}, …) raised {type(error).__name__}: {error}") from error
    if not (math.isfinite(points) and points >= 0):
        raise ValueError(f"--late-policy: {POLICY}({late!r}, …) gave {points}, not points to take off, at least 0")
    return min(points, submission.raw_score)
