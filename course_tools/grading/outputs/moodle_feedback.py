"""Feedback as Moodle takes it in: a column of its worksheet, and a zip with a page for each student."""

import dataclasses
import io
import re
import zipfile
from collections.abc import Iterable

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.page import element, joined
from course_tools.grading.outputs.student_page import score_of, student_page
from course_tools.grading.outputs.text import visible
from course_tools.grading.results import ClassGrades, Student, SubmissionGrade

# As Moodle names what it gives in "Download all submissions", by which it finds the student again: with underscores
# between the parts, so that there may be none in the name.
NAMING = "{name}_{number}_assignsubmission_file_{stem}.html"
SAME_TIME = (1980, 1, 1, 0, 0, 0)  # of all members: the same grades give the same file
NAME_CHARACTERS = 60


def comments(grades: ClassGrades, submission: SubmissionGrade) -> str:
    """What to say of a submission, as HTML without anything that Moodle's editor would take out."""
    parts: list[str] = []
    for exercise in submission.exercises:
        headed = f"{summary.title_of(grades, exercise.name)} · {score_of(exercise)}"
        parts += [element("p", element("b", headed)), element("pre", summary.in_words(exercise))]
    return joined(parts)


def feedback_zip(grades: ClassGrades, topic: str, named: Iterable[tuple[Student, str, str]]) -> bytes:
    """A zip for "Upload multiple feedback files in a zip". named: each student with Moodle's number and full name.

    A student's page has what concerns the lesson, and nothing of the others.
    """
    of_topic = tuple(submission for submission in grades.submissions if submission.topic == topic)
    refused = tuple(refusal for refusal in grades.rejected if refusal.topic in ("", topic))
    lesson = dataclasses.replace(grades, submissions=of_topic, rejected=refused)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, number, name in named:
            plain = re.sub(r"[^\w .@'-]|_", " ", visible(name)).strip()[:NAME_CHARACTERS] or "Participant"
            member = NAMING.format(name=plain, number=number, stem=summary.stem(topic))
            archive.writestr(zipfile.ZipInfo(member, SAME_TIME), student_page(lesson, student))
    return file.getvalue()
