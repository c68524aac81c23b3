"""Reading an answer out of a notebook: what a person marks, and why a machine may find nothing to run."""

from dataclasses import replace

from course_lib.checks.engine.answers import Answer, find_answer, find_text
from course_lib.util.notebook import Notebook
from course_tools.grading.handout import Handout
from course_tools.grading.results import AssignedExercise, ExerciseGrade

TEXT_STUB = "YOUR ANSWER HERE"
MAX_SOURCE = 20_000  # characters of an answer that are kept for the report


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
    text = find_text(notebook, handout.notebook, asked.name)
    if text is None:
        return replace(blank, note="there is no text for this question")
    if not text.replace(TEXT_STUB, "").strip():
        return replace(blank, status="not attempted")
    given = next((cell.source for cell in handout.notebook.cells if cell.name == asked.name), "")
    if text.strip() == given.strip():
        return replace(blank, status="not attempted")
    return replace(blank, status="manual", score=None, answer_source=text[:MAX_SOURCE])


def _unread_cell(name: str, notebook: Notebook) -> str:
    """A sentence if a cell that cannot be read seems to define it, else ""."""
    for cell in notebook.cells:
        if cell.kind == "code" and (f"def {name}" in cell.source or f"class {name}" in cell.source):
            problem = next((text for text in notebook.problems if text.startswith(f"cell {cell.number} ")), "")
            if problem:
                return f"{name} is in a cell that cannot be read: {problem}"
    return ""
