"""The page on which a question is marked: the question, the rubric, and each answer once with a box for its mark."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.formulas import with_formulas
from course_tools.grading.outputs.marking import COLUMNS, entered_in, line_of, to_mark
from course_tools.grading.outputs.page import paragraphs
from course_tools.grading.outputs.tables import guard, number, points
from course_tools.grading.outputs.templating import render
from course_tools.grading.outputs.text import counted
from course_tools.grading.results import ClassGrades, ExerciseGrade, SubmissionGrade

Line = dict[str, str]
Answers = Sequence[tuple[SubmissionGrade, ExerciseGrade, Line]]

_MARKERS = re.compile(r"^### (BEGIN|END) (SOLUTION|MARK SCHEME)\n?", re.MULTILINE)


def marking_page(grades: ClassGrades, name: str, kept: Sequence[Line] = ()) -> str:
    """The page of one question, with all its answers; what is typed there, the page saves as a file of marks.

    kept: the lines of the form, so that what was entered before stands in the boxes.
    """
    asked = next(exercise for exercise in grades.asked if exercise.name == name)
    given = [pair for pair in to_mark(grades) if pair[1].name == name and pair[1].status == "manual"]
    waiting = sum(exercise.score is None for _, exercise in given)
    rubric = _MARKERS.sub("", asked.rubric).strip() or "No rubric was given."
    return render(
        "marking.html",
        script="marking.js",
        title=f"Marking: {summary.title(asked)}",
        wide=True,
        heading=summary.title(asked),
        lesson=summary.heading(asked.topic),
        name=name,
        most=number(asked.points),
        facts=f"{points(asked.points)} · {counted(len(given), 'answer')}, {waiting} without a mark",
        question=paragraphs(asked.question, with_formulas) if asked.question else "",
        rubric=paragraphs(rubric, with_formulas),
        file=f"marks-{name}.csv",
        columns=json.dumps(COLUMNS),
        answers=[_answer(grades, group) for group in _alike(grades, given, kept)],
    )


def _alike(
    grades: ClassGrades, given: Iterable[tuple[SubmissionGrade, ExerciseGrade]], kept: Sequence[Line]
) -> list[Answers]:
    """Answers that differ in nothing but spaces, together, unless they already have different marks."""
    groups: dict[tuple[object, ...], list[tuple[SubmissionGrade, ExerciseGrade, Line]]] = {}
    for submission, exercise in given:
        line = line_of(grades, submission, exercise)
        line["mark"], line["comment"] = entered_in(kept, line)
        key = (" ".join(exercise.answer_source.split()), line["mark"], line["comment"], exercise.score)
        groups.setdefault(key, []).append((submission, exercise, line))
    return list(groups.values())


def _answer(grades: ClassGrades, group: Answers) -> dict[str, Any]:
    """What the page shows of an answer; one that cannot be shown says so in its place, and the others are shown."""
    submission, exercise, line = group[0]
    names = [_named(grades, one.student) for one, _, _ in group]
    try:
        text: str = _text(exercise)
    except Exception as error:
        text = f"This answer cannot be shown ({type(error).__name__}): read it in {submission.path}."
    return {
        # guarded here, so that the page writes what a student chose as the form has it
        "lines": json.dumps([{key: guard(value) for key, value in one.items()} for _, _, one in group]),
        "names": names,
        "said": summary.WAITING if exercise.score is None else points(exercise.score),
        "text": text,
        "note": exercise.note,
        "mark": line["mark"],
        "comment": line["comment"],
    }


def _text(exercise: ExerciseGrade) -> str:
    return with_formulas(exercise.answer_source) if exercise.kind == "explain" else exercise.answer_source


def _named(grades: ClassGrades, student: str) -> str:
    name = grades.name_of(student)
    return name if name == student else f"{name} ({student})"
