"""A reader's answers are seen, in code and in prose, and neither built over nor compared."""

import json
import shutil

import nbformat
import pytest

import conftest
from course_tools.authoring.answered import answers_in
from course_tools.commands.build import build_notebooks as build

EXERCISE = "exercises/03_attention.ipynb"


def answer(path, name, text):
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name]
    cell.source = text
    nbformat.write(notebook, path)


@pytest.fixture
def exercise(built_once, tmp_path):
    shutil.copytree(built_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / EXERCISE


def test_what_is_handed_out_holds_no_answer(exercise):
    assert answers_in(exercise) == []
    answer(exercise, "double", "def double(x):\n    # YOUR CODE HERE\n      raise NotImplementedError()\n\n")
    assert answers_in(exercise) == []  # moved and indented, but nothing else
    answer(exercise, "explain_double", '<div dir="rtl">\n\n<bdi dir="ltr">YOUR ANSWER HERE</bdi>\n\n</div>')
    assert answers_in(exercise) == []  # as an edition lays it out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("double", "def double(x):\n    return 2 * x"),
        ("double", "def double(x):\n    # YOUR CODE HERE\n    return 2 * x"),
        ("double", ""),
        ("explain_double", "Because."),
        ("explain_double", "YOUR ANSWER HERE: because."),
    ],
)
def test_an_answer_is_seen_and_no_build_touches_it(exercise, capsys, name, text):
    answer(exercise, name, text)
    before = exercise.read_bytes()
    assert answers_in(exercise) == [name]
    for force in (False, True):
        assert build(root=exercise.parents[1], force=force) == 1
        assert exercise.read_bytes() == before
        said = capsys.readouterr().err
        assert f"{exercise}: not built, because it holds answers ({name})" in said
        assert "save it under another name" in said
    exercise.rename(exercise.with_name("mine.txt"))
    assert build(root=exercise.parents[1]) == 0


def test_the_others_are_built_beside_it(exercise):
    answer(exercise, "double", "def double(x):\n    return 2 * x")
    lesson = exercise.parents[1] / "notebooks/03_attention.ipynb"
    lesson.unlink()
    assert build(root=exercise.parents[1]) == 1
    assert lesson.exists()


def test_an_answered_exercise_is_not_compared_and_a_solution_is(exercise):
    solution = exercise.parents[1] / "solutions/03_attention.ipynb"
    assert answers_in(solution)
    assert conftest.pytest_ignore_collect(exercise) is None
    assert conftest.pytest_ignore_collect(solution) is None
    answer(exercise, "double", "def double(x):\n    return 2 * x")
    assert conftest.pytest_ignore_collect(exercise) is True


@pytest.mark.parametrize("content", ["", "no JSON", "[]", json.dumps({"cells": [1]}), json.dumps({"cells": None})])
def test_what_is_not_a_notebook_holds_no_answers(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")
    assert answers_in(path) == []
    assert answers_in(tmp_path / "absent.ipynb") == []
