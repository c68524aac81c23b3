"""Of the class page: what a person should look at."""

from collections.abc import Mapping

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.links import link, linked
from course_tools.grading.outputs.page import Html, cell, element, row_head, table
from course_tools.grading.results import ClassGrades


def to_look_at(grades: ClassGrades, links: Mapping[str, str]) -> Html:
    """What a person should look at: flags, failures of the grader, odd files, and who handed in nothing."""
    parts = []
    flagged = [(s, e) for s in grades.submissions for e in s.exercises if e.status == "flagged"]
    if flagged:
        rows = [(row_head(link(s.student, links)), cell(element("code", e.name)), cell(e.note)) for s, e in flagged]
        caption = "They pass, but seem to use what they should write; not scored unless you say so"
        parts += [element("h3", "Flagged answers"), table(caption, ("student", "exercise", "why"), rows)]
    ran = [(s, e) for s in grades.submissions for e in s.exercises if e.ran]
    if ran:
        rows = [
            (row_head(link(s.student, links)), cell(element("code", e.name)), cell("; ".join(e.ran))) for s, e in ran
        ]
        caption = "Seen while the answer ran; it changes no score, which is for you to decide (--marks)"
        parts += [
            element("h3", "Kernels that ran in place of an answer"),
            table(caption, ("student", "exercise", "what"), rows),
        ]
    failed = [(s, e) for s in grades.submissions for e in s.exercises if e.status == "not graded"]
    if failed:
        rows = [(row_head(link(s.student, links)), cell(element("code", e.name)), cell(e.note)) for s, e in failed]
        caption = "The grader failed, not the student: no mark is given. Run the same command again"
        parts += [element("h3", "Not graded"), table(caption, ("student", "exercise", "why"), rows)]
    odd = [(submission, problem) for submission in grades.submissions for problem in submission.problems]
    if odd:
        rows = [(row_head(link(s.student, links)), cell(s.path), cell(problem)) for s, problem in odd]
        parts += [element("h3", "Odd files"), table("Graded all the same", ("student", "file", "what"), rows)]
    if grades.rejected:
        rows = [
            (row_head(link(r.student, links) if r.student else "not known"), cell(r.path), cell(r.why))
            for r in grades.rejected
        ]
        caption = "Not graded; in grade books their owners have an empty cell where they handed in nothing else"
        parts += [element("h3", "Refused files"), table(caption, ("student", "file", "why"), rows)]
    if grades.remarks:
        items = [element("li", text) for text in grades.remarks]
        heading = "Times that have changed, and lines of tables that were not taken as they stand"
        parts += [element("h3", heading), element("ul", *items)]
    for topic in summary.handed_in_topics(grades):
        absent = [student.id for student in grades.roster if summary.is_missing(grades, student, topic)]
        if absent:
            parts += [element("h3", f"Nothing handed in: {summary.heading(topic)}"), linked(absent, links)]
    strangers = [student.id for student in grades.students[len(grades.roster) :]] if grades.roster else []
    if strangers:
        parts += [element("h3", "Not on the roster"), linked(strangers, links)]
    return element("section", element("h2", "For you to look at"), *parts) if parts else Html()
