"""Exercise notebooks that were handed out before the course was rebuilt: they still run, and right answers still are.

The notebooks are kept as they were handed out. Do not build or mend them: whoever has one on a disk cannot either.
"""

import asyncio
import re
from pathlib import Path

import nbformat
import pytest

from course_tools.authoring.execute import execute, kernel_environment
from course_tools.grading.grade import Grader
from course_tools.grading.handout import load_handouts
from course_tools.grading.rules import Rules
from course_tools.grading.sandbox import SandboxLacking
from tests.tools.grading.conftest import ROOT, submission_of

FOLDER = Path(__file__).parent
NOTEBOOKS = ("03_attention", "07_gpt", "11_training")

each_notebook = pytest.mark.parametrize("stem", NOTEBOOKS)


def handed_out(stem):
    return nbformat.read(FOLDER / f"{stem}.ipynb", as_version=4)


def solved(stem):
    """With the answers of that time, which are kept by the ids of their cells."""
    text = (FOLDER / f"{stem}_answers.txt").read_text(encoding="utf-8")
    pieces = re.split(r"^# %% (\S+)\n", text, flags=re.MULTILINE)[1:]
    answers = dict(zip(pieces[::2], pieces[1::2], strict=True))
    notebook = handed_out(stem)
    for cell in notebook.cells:
        cell.source = answers.pop(cell.id, cell.source).strip()
    assert not answers
    return notebook


def said_by_checks(notebook):
    """Execute it; the first line of what each check said."""
    asyncio.run(execute(notebook, kernel_environment(threads=1, changes={"COURSE_QUIET": "1"}), lambda: None))
    checks = [cell for cell in notebook.cells if cell.source.startswith("check(")]
    return [cell.outputs[-1]["data"]["text/plain"].splitlines()[0].split(": ", 1)[1] for cell in checks]


@each_notebook
def test_untouched_it_runs_from_end_to_end_and_every_check_answers(stem):
    assert set(said_by_checks(handed_out(stem))) == {"not attempted yet."}


@each_notebook
def test_with_the_answers_of_its_time_every_check_says_right(stem):
    notebook = solved(stem)
    last = max(number for number, cell in enumerate(notebook.cells) if cell.source.startswith("check("))
    notebook.cells = notebook.cells[: last + 1]  # those after it say nothing of answers: lesson 11's train a model
    assert set(said_by_checks(notebook)) == {"right."}


@pytest.fixture(scope="module")
def grader():
    with Grader(load_handouts(ROOT), Rules(seed=5)) as one:
        try:
            one.zygote  # noqa: B018  # starts it
        except SandboxLacking as failure:
            pytest.skip(f"no sandbox: {failure}")
        yield one


@each_notebook
def test_with_the_answers_of_its_time_it_gets_full_marks(stem, grader):
    grade = grader.grade(*submission_of(solved(stem), stem.split("_", 1)[1]))
    marked = [exercise for exercise in grade.exercises if exercise.status != "manual"]
    assert {e.name: (e.status, e.note) for e in marked} == {e.name: ("right", "") for e in marked}
    assert all(exercise.score == exercise.max_score for exercise in marked)
