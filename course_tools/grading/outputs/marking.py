"""Marking by hand: what there is to mark, and a form for the marks."""

from collections.abc import Iterable
from pathlib import Path

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.tables import as_rows, csv_text, number
from course_tools.grading.outputs.text import answer_digest
from course_tools.grading.results import ClassGrades, ExerciseGrade, SubmissionGrade

FORM = "marks.csv"
COLUMNS = ("student", "name", "lesson", "exercise", "max", "mark", "comment", "answer")
NAMED_PAGES = 3  # in a sentence
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets take UTF-8 for something else


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


def marks_form(grades: ClassGrades, kept: Iterable[dict[str, str]] = ()) -> str:
    """The form: a line an answer, with an empty column for the mark.

    kept: lines of a form that people have filled in already; what they entered is never lost. Lines of answers that
    are not asked for here, such as of a dispute that was settled by hand, stay at its end.
    """
    entered = {_key(line): line for line in kept if line["mark"].strip() or line["comment"].strip()}
    lines = []
    for submission, exercise in to_mark(grades):
        line = line_of(grades, submission, exercise)
        before = entered.pop(_key(line), None) or entered.pop(_key({**line, "answer": ""}), None)
        if before is not None:
            line |= {name: before[name] for name in ("mark", "comment", "answer")}
        lines.append(line)
    return form_of([*lines, *entered.values()])


def line_of(grades: ClassGrades, submission: SubmissionGrade, exercise: ExerciseGrade) -> dict[str, str]:
    """The line of the form for an answer, as yet without a mark."""
    return {
        "student": submission.student,
        "name": grades.name_of(submission.student),
        "lesson": summary.stem(submission.topic),
        "exercise": exercise.name,
        "max": number(exercise.max_score),
        "mark": "",
        "comment": "",
        "answer": answer_digest(exercise.answer_source),
    }


def with_entered(
    form: Iterable[dict[str, str]], more: Iterable[dict[str, str]]
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """The lines of a form with what was entered in another, and a sentence about each mark that is another now.

    What is empty there changes nothing, be it the mark or the comment.
    """
    lines = {_key(line): line for line in form}
    changed = []
    for line in more:
        entered = {name: line[name] for name in ("mark", "comment") if line[name]}
        before = lines.get(_key(line), line)
        if entered:
            lines[_key(line)] = before | entered
        if before["mark"] and before["mark"] != entered.get("mark", before["mark"]):
            whose = f"{line['student']} for {line['exercise']}"
            changed.append(f"the mark of {whose} was {before['mark']} and is now {line['mark']}")
    return list(lines.values()), tuple(changed)


def form_of(lines: Iterable[dict[str, str]]) -> str:
    """Lines as a file that spreadsheets open."""
    return BYTE_ORDER_MARK + csv_text(as_rows(COLUMNS, lines))


def entered_in(kept: Iterable[dict[str, str]], line: dict[str, str]) -> tuple[str, str]:
    """The mark and the comment that a form has for the answer of a line, as they were typed."""
    found = next((other for other in kept if _key(other) == _key(line)), {"mark": "", "comment": ""})
    return found["mark"], found["comment"]


def _key(line: dict[str, str]) -> tuple[str, str, str, str]:
    """Whose answer to what a line is about; of an answer that was changed, the old and the new are two."""
    return line["student"], line["lesson"], line["exercise"], line["answer"]


def form_in(out: Path) -> Path:
    """Where the form lies."""
    return out / "marking" / FORM


def where_to_mark(grades: ClassGrades, out: Path) -> str:
    """What to do about answers that wait for their mark: the pages for marking first, then the form."""
    waiting = {exercise.name for _, exercise in to_mark(grades) if exercise.score is None}
    pages = [str(out / "marking" / f"{name}.html") for name in questions(grades) if name in waiting]
    more = f" and {len(pages) - NAMED_PAGES} more beside them" if len(pages) > NAMED_PAGES else ""
    named = ", ".join(pages[:NAMED_PAGES]) + more
    by_page = f"Mark on {named}, press Save, and give what it saves by --marks. " if pages else ""
    return f"{by_page}{'Or fill' if pages else 'Fill'} in {form_in(out)} and run the same command again."
