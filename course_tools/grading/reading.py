"""Reading an answer out of a notebook: what a person marks, and why a machine may find nothing to run."""

from collections.abc import Sequence
from dataclasses import replace

from course_lib.checks.engine.answers import Answer, find_answer
from course_lib.util.notebook import Notebook
from course_tools.grading.handout import Handout
from course_tools.grading.prose import find_prose
from course_tools.grading.results import AssignedExercise, ExerciseGrade

TEXT_STUB = "YOUR ANSWER HERE"
MAX_SOURCE = 20_000  # characters of an answer that are kept for the report
MOST_CELLS = 5  # that are named


def read_answer(
    asked: AssignedExercise, handout: Handout, notebook: Notebook, blank: ExerciseGrade
) -> tuple[Answer | None, ExerciseGrade]:
    """The answer if there is one to run, and its grade so far; without one the grade is final."""
    if asked.name not in handout.checks:
        return None, _for_a_person(asked, handout, notebook, blank)
    try:
        answer = find_answer(notebook, handout.notebook, asked.name, handout.names)
    except (RecursionError, MemoryError, SyntaxError) as error:
        return None, replace(blank, status="wrong", note=f"the code cannot be read: {type(error).__name__}")
    unread = _unread_cell(asked.name, notebook)
    if answer is None:
        return None, replace(blank, note=unread or f"no function or class called {asked.name} in the notebook")
    if answer.is_stub and unread:
        return None, replace(blank, status="wrong", note=unread)
    blank = replace(blank, note=answer.note, answer_source=answer.source[:MAX_SOURCE])
    if answer.is_stub:
        return None, replace(blank, status="not attempted")
    return answer, blank


def _for_a_person(asked: AssignedExercise, handout: Handout, notebook: Notebook, blank: ExerciseGrade) -> ExerciseGrade:
    handed_out = handout.given_to(notebook)
    found = find_prose(notebook, handed_out, asked.name, handout.names - set(handout.checks), handout.names)
    text = found.text
    if text is None:
        return replace(blank, note="there is no text for this question")
    given = next((cell.source for cell in handed_out.cells if cell.name == asked.name), "")
    if not text.replace(TEXT_STUB, "").strip() or text.strip() == given.strip():
        note = f"text that is near no question stands in cell {_some(found.elsewhere)}" if found.elsewhere else ""
        return replace(blank, status="not attempted", note=note)
    return replace(blank, status="manual", score=None, answer_source=text[:MAX_SOURCE])


def _some(numbers: Sequence[int]) -> str:
    """The first few of many numbers."""
    return ", ".join(map(str, numbers[:MOST_CELLS])) + (" and others" if len(numbers) > MOST_CELLS else "")


def _unread_cell(name: str, notebook: Notebook) -> str:
    """A sentence if a cell that cannot be read seems to define it, else ""."""
    for cell in notebook.cells:
        if cell.kind == "code" and (f"def {name}" in cell.source or f"class {name}" in cell.source):
            problem = next((text for text in notebook.problems if text.startswith(f"cell {cell.number} ")), "")
            if problem:
                return f"{name} is in a cell that cannot be read: {problem}"
    return ""
