"""Right answers get full marks, however they are written and whatever wrote the notebook."""

import copy
import json
import re
from pathlib import Path

import pytest

from course_lib.util.topics import TOPICS
from tests.tools.grading.conftest import ROOT, code_cell, exercise_notebook, graded, submission_of

VARIANTS = sorted((Path(__file__).parent / "honest").glob("*.py"))


def solution(topic):
    return json.loads((ROOT / "solutions" / f"{topic.stem}.ipynb").read_text(encoding="utf-8"))


def as_handed_out_but_solved(notebook):
    return notebook


def from_colab(notebook):
    """Colab keeps no ids, adds metadata of its own and writes format 4.0."""
    for cell in notebook["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {"id": "Xy12", "colab": {"base_uri": "https://localhost:8080/"}}
    notebook |= {"metadata": {"colab": {"provenance": []}, "accelerator": "GPU"}, "nbformat_minor": 0}
    notebook["cells"].insert(0, code_cell("!pip install -q something\nfrom google.colab import drive"))
    return notebook


def from_vs_code(notebook):
    """VS Code strips nbgrader's metadata, writes sources as lists of lines, and Windows ends lines its own way."""
    for cell in notebook["cells"]:
        cell["metadata"] = {"vscode": {"languageId": "python"}}
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n").splitlines(keepends=True)
    return notebook


def one_cell(notebook):
    """All code in a single cell, and no text."""
    code = [("".join(cell["source"])) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [code_cell("\n\n".join(code))]
    return notebook


def answers_only(notebook):
    """Nothing but the answers: no set-up, no checks, in the opposite order."""
    kept = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    notebook["cells"] = kept[::-1]
    return notebook


def after_the_stubs(notebook, topic):
    """The answers were written in new cells at the end, and the stubs left as they were."""
    answers = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    handed_out = copy.deepcopy(exercise_notebook(topic.name))
    handed_out["cells"] += [code_cell(c["source"]) for c in answers if c["cell_type"] == "code"]
    return handed_out


SHAPES = (as_handed_out_but_solved, from_colab, from_vs_code, one_cell, answers_only, after_the_stubs)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_whole_notebook(topic, shape, grader, handouts):
    if topic.name not in handouts:
        pytest.skip(f"{topic.stem} has no exercise notebook yet")
    notebook = solution(topic)
    notebook = shape(notebook, topic) if shape is after_the_stubs else shape(notebook)
    grade = grader.grade(*submission_of(notebook, topic.name))
    marked = [exercise for exercise in grade.exercises if exercise.name in handouts[topic.name].checks]
    assert {e.name: (e.status, e.note) for e in marked} == {e.name: ("right", "") for e in marked}
    assert all(exercise.score == exercise.max_score for exercise in marked)


def answered_in(text, names):
    """The exercises, of these, that a variant answers."""
    answered = {
        name for name in names if re.search(rf"^(>>> |    )?(def|class) {name}\b|^{name} = ", text, re.MULTILINE)
    }
    assert answered
    return answered


def test_there_are_enough_variants():
    assert len(VARIANTS) >= 70


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda path: path.stem)
def test_an_answer_written_otherwise(variant, grader, handouts):
    text = variant.read_text(encoding="utf-8")
    topic = re.match(r"# (\w+): ", text)[1]
    if topic not in handouts:
        pytest.skip(f"{topic} has no exercise notebook yet")
    notebook = copy.deepcopy(exercise_notebook(topic))
    notebook["cells"] += [code_cell(cell) for cell in text.split("# %%\n")]
    grades = graded(grader, notebook, topic)
    for name in answered_in(text, grades):
        assert (grades[name].status, grades[name].score) == ("right", grades[name].max_score), grades[name]
        assert grades[name].ran == ()
