"""Marking by hand: a page a question, with the rubric and all answers side by side, and a form for the marks."""

import re
from collections.abc import Iterable
from pathlib import Path

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.page import Html, element, page, paragraphs
from course_tools.grading.outputs.tables import as_rows, csv_text, number
from course_tools.grading.outputs.text import answer_digest
from course_tools.grading.results import AssignedExercise, ClassGrades, ExerciseGrade, SubmissionGrade

FORM = "marks.csv"
COLUMNS = ("student", "name", "lesson", "exercise", "max", "mark", "comment", "answer")
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets take UTF-8 for something else
_MARKERS = re.compile(r"^### (BEGIN|END) (SOLUTION|MARK SCHEME)\n?", re.MULTILINE)


def to_mark(grades: ClassGrades) -> tuple[tuple[SubmissionGrade, ExerciseGrade], ...]:
    """Answers for a person: prose, in the order of the lessons, then what was flagged."""
    order = {exercise.name: position for position, exercise in enumerate(grades.asked)}
    pairs = [(s, e) for s in grades.submissions for e in s.exercises if e.status in ("manual", "flagged")]
    return tuple(
        sorted(pairs, key=lambda pair: (pair[1].kind != "explain", order.get(pair[1].name, 0), pair[0].student))
    )


def questions(grades: ClassGrades) -> tuple[str, ...]:
    """The names of the exercises in prose that were answered."""
    asked = {exercise.name for exercise in grades.asked}
    names = dict.fromkeys(exercise.name for _, exercise in to_mark(grades) if exercise.status == "manual")
    return tuple(name for name in names if name in asked)


def marking_page(grades: ClassGrades, name: str) -> str:
    """The page of one question, with all its answers."""
    asked = next(exercise for exercise in grades.asked if exercise.name == name)
    return _page(
        grades, asked, [pair for pair in to_mark(grades) if pair[1].name == name and pair[1].status == "manual"]
    )


def _page(grades: ClassGrades, asked: AssignedExercise, given: list[tuple[SubmissionGrade, ExerciseGrade]]) -> str:
    names = {student.id: student.name for student in grades.students}
    waiting = sum(exercise.score is None for _, exercise in given)
    rubric = _MARKERS.sub("", asked.rubric).strip() or "No rubric was given."
    return page(
        f"Marking: {summary.title(asked)}",
        element("h1", summary.title(asked)),
        element(
            "p",
            f"{summary.heading(asked.topic)} · {asked.name} · {number(asked.points)} points · "
            f"{len(given)} answers, {waiting} without a mark",
            class_="soft",
        ),
        element("p", f"Enter marks from 0 to {number(asked.points)} in ", element("code", FORM), " beside this page."),
        element("h2", "Model answer and marks"),
        element("div", paragraphs(rubric), class_="rubric"),
        element("h2", "Answers"),
        element("div", *(_whatever_is_in_it(names, *pair) for pair in given), class_="answers"),
        wide=True,
    )


def _whatever_is_in_it(names: dict[str, str], submission: SubmissionGrade, exercise: ExerciseGrade) -> Html:
    """An answer; one that cannot be shown says so in its place, and the others stand there all the same."""
    try:
        return _answer(names, submission, exercise)
    except Exception as error:
        said = f"This answer cannot be shown ({type(error).__name__}): read it in {submission.path}."
        return element("article", element("h3", submission.student), element("p", said))


def _answer(names: dict[str, str], submission: SubmissionGrade, exercise: ExerciseGrade) -> Html:
    name = names[submission.student]
    mark = summary.WAITING if exercise.score is None else f"{number(exercise.score)} points"
    return element(
        "article",
        element("h3", name if name == submission.student else f"{name} ({submission.student})"),
        element("p", f"{mark} · answer {answer_digest(exercise.answer_source)}", class_="soft small"),
        element("div", exercise.answer_source, class_="prose"),
        element("p", exercise.note, class_="soft small prose") if exercise.note else Html(),
    )


def marks_form(grades: ClassGrades, kept: Iterable[dict[str, str]] = ()) -> str:
    """The form: a line an answer, with an empty column for the mark.

    kept: lines of a form that people have filled in already; what they entered is never lost. Lines of answers that
    are not asked for here, such as of a dispute that was settled by hand, stay at its end.
    """
    names = {student.id: student.name for student in grades.students}
    entered = {_key(line): line for line in kept if line["mark"].strip() or line["comment"].strip()}
    lines = []
    for submission, exercise in to_mark(grades):
        line = {
            "student": submission.student,
            "name": names[submission.student],
            "lesson": summary.stem(submission.topic),
            "exercise": exercise.name,
            "max": number(exercise.max_score),
            "answer": answer_digest(exercise.answer_source),
        }
        before = entered.pop(_key(line), None) or entered.pop(_key({**line, "answer": ""}), None)
        if before is not None:
            line |= {name: before[name] for name in ("mark", "comment", "answer")}
        lines.append(line)
    return BYTE_ORDER_MARK + csv_text(as_rows(COLUMNS, [*lines, *entered.values()]))


def _key(line: dict[str, str]) -> tuple[str, str, str, str]:
    """Whose answer to what a line is about; of an answer that was changed, the old and the new are two."""
    return line["student"], line["lesson"], line["exercise"], line["answer"]


def form_in(out: Path) -> Path:
    """Where the form lies."""
    return out / "marking" / FORM
