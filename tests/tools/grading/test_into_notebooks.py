"""A copy of each notebook has the verdicts under their cells; what was handed in stays as it was."""

import dataclasses
import json
from pathlib import Path

import nbformat
import pytest

from course_tools.grading.collect import collect
from course_tools.grading.into_notebooks import verdict_of, with_verdicts, write_copies
from tests.tools.grading.class_of_four import EVIL, class_of_four, prose, right, submission, transposed
from tests.tools.grading.conftest import code_cell, with_answers

MASK = "def causal_mask(T):\n    return 1"


def handed_in(student="ada"):
    return submission(student, transposed(note=EVIL), right("softmax", 2.0), prose("because"))


def copy_of(notebook, handouts, grade=None):
    text = with_verdicts(json.dumps(notebook).encode(), grade or handed_in(), handouts["attention"])
    return json.loads(text)


def verdicts(copy):
    return [
        (index, cell["source"])
        for index, cell in enumerate(copy["cells"])
        if cell["cell_type"] == "markdown" and "</pre>" in cell["source"]
    ]


def test_a_verdict_stands_under_its_cell_and_all_else_is_as_it_was(handouts):
    notebook = with_answers("attention", MASK, "print(1)")
    for number, cell in enumerate(notebook["cells"]):
        cell.setdefault("id", f"cell-{number}")
    question = next(one.name for one in handouts["attention"].asked if one.kind == "explain")
    answers = transposed(), right("softmax", 2.0), dataclasses.replace(prose("because"), name=question)
    copy = copy_of(notebook, handouts, submission("ada", *answers))
    nbformat.validate(copy)
    found = verdicts(copy)
    assert len(found) == 3
    for name, start in (("causal_mask", MASK), ("softmax", "def softmax"), (question, "YOUR ANSWER HERE")):
        (index,) = [index for index, source in found if f" {name}: " in source]
        assert start in "".join(copy["cells"][index - 1]["source"])
    added = {index for index, _ in found}
    assert [cell for index, cell in enumerate(copy["cells"]) if index not in added] == notebook["cells"]
    assert {key: value for key, value in copy.items() if key != "cells"} == {
        key: value for key, value in notebook.items() if key != "cells"
    }


def test_what_a_student_wrote_is_no_markup_in_a_verdict():
    (wrong,) = [one for one in handed_in().exercises if one.name == "causal_mask"]
    assert "<script" not in verdict_of(wrong)
    assert "&lt;script" in verdict_of(wrong)
    assert verdict_of(wrong).startswith("**✗ causal_mask: not right · 0 / 1 points**")


@pytest.mark.parametrize("minor", [0, 5])
def test_a_notebook_of_any_minor_version_stays_valid_and_what_has_no_place_comes_last(minor, handouts):
    cells = [code_cell("x = 1") | ({"id": "verdict-1"} if minor else {})]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}
    copy = copy_of(notebook, handouts)
    nbformat.validate(copy)
    assert [index for index, _ in verdicts(copy)] == [1, 2, 3]


def test_copies_lie_beside_the_reports_and_nothing_is_written_where_things_were_handed_in(tmp_path, handouts):
    for student in ("ada", "bob", "cem"):
        file = tmp_path / "in" / student / "03_attention.ipynb"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(with_answers("attention", MASK)))
    submissions = collect(tmp_path / "in").submissions
    broken = [one if one.student != "bob" else dataclasses.replace(one, digest="0" * 64) for one in submissions]
    before = {path: path.read_bytes() for path in (tmp_path / "in").rglob("*.ipynb")}
    problems = write_copies(class_of_four(), broken, handouts, tmp_path / "out")
    assert [path.parent.name[-4:] for path in sorted((tmp_path / "out" / "notebooks").rglob("*.ipynb"))] == [
        "-ada",
        "-cem",
    ]
    assert len(problems) == 1
    assert "bob/03_attention.ipynb" in problems[0]
    assert before == {path: path.read_bytes() for path in Path(tmp_path / "in").rglob("*.ipynb")}
