"""A notebook that no longer says what its source says is named, with the reason."""

import json

import pytest

from course_lib.util.topics import find_topic
from course_tools.authoring.batch import write_notebook
from course_tools.authoring.compose import compose
from course_tools.authoring.drift import find_drift
from course_tools.authoring.layout import Kind, Page
from course_tools.authoring.source import parse
from tests.tools.authoring.conftest import SOLUTION

PAGE = Page(find_topic("attention"), Kind.SOLUTION)


def composed(text=SOLUTION):
    return compose(parse(text, PAGE.source, exercises=True), PAGE)


@pytest.fixture
def notebook_path(tmp_path):
    """A notebook as a build leaves it, without having executed it."""
    notebook = composed()
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
    path = tmp_path / "03_attention.ipynb"
    write_notebook(notebook, path)
    return path


def edit(path, change):
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_notebook_as_built_has_none(notebook_path):
    assert find_drift(composed(), notebook_path) == ""


def test_outputs_are_not_compared(notebook_path):
    output = {"output_type": "stream", "name": "stdout", "text": ["hello"]}
    edit(notebook_path, lambda document: document["cells"][2].update(outputs=[output]))
    assert find_drift(composed(), notebook_path) == ""


def move_last_cell_forward(document):
    document["cells"].insert(2, document["cells"].pop())


EDITS = {
    "source": (lambda d: d["cells"][4].update(source=["x"]), "the source of cell double differs: 'def double"),
    "metadata": (lambda d: d["cells"][5]["metadata"]["nbgrader"].update(points=9), "the metadata of cell check-double"),
    "type": (lambda d: d["cells"][6].update(cell_type="raw"), "the cell type of cell"),
    "one more": (lambda d: d["cells"].append({**d["cells"][-1], "id": "extra"}), "cell extra is not in the source"),
    "one less": (lambda d: d["cells"].pop(), "cell course-footer is missing or changed: '---'"),
    "order": (move_last_cell_forward, "its cells are in another order"),
    "kernel": (lambda d: d["metadata"]["kernelspec"].update(name="other"), "its metadata differs"),
    "version": (lambda d: d["metadata"]["language_info"].update(version="3.12.1"), "its metadata differs"),
    "hash": (lambda d: d["metadata"]["course"].update(hash="0"), "its outputs were made from something else"),
    "not executed": (lambda d: d["cells"][2].update(execution_count=None), "was never executed"),
    "format": (lambda d: d.update(nbformat_minor=4), "its notebook format is 4.4"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_named(notebook_path, name):
    change, reason = EDITS[name]
    edit(notebook_path, change)
    assert reason in find_drift(composed(), notebook_path)


def test_a_changed_source_is_named(notebook_path):
    assert "is missing or changed: 'def check(answer):" in find_drift(
        composed(SOLUTION.replace("wrong", "no")), notebook_path
    )


def test_a_missing_and_a_broken_notebook_are_named(tmp_path):
    path = tmp_path / "03_attention.ipynb"
    assert find_drift(composed(), path) == "not built yet"
    for text in ("", "{", "[]", "{}", "<<<<<<< HEAD\n"):
        path.write_text(text, encoding="utf-8")
        assert find_drift(composed(), path)
