"""Whoever answers lesson 03's exercises in the Persian edition reads Persian, whatever the answer."""

import asyncio
import re
from pathlib import Path

import nbformat
import pytest

from course_lib.checks import check, hint
from course_lib.checks.engine.catalogue import exercises_of
from course_lib.checks.engine.examine import examine
from course_lib.checks.engine.report import report_of
from course_lib.util.language import VARIABLE
from course_tools.authoring.execute import execute, kernel_environment

ROOT = Path(__file__).parents[2]
MARK = "هنوز ترجمه نشده"
ENGLISH = re.compile(r"(?:\b[a-z]{2,}[ ,]+){3,}")
RAISED = "متوقف شد: "  # behind it stands what Python says, in Python's words
EXERCISES = exercises_of("attention")
OTHERS = {"nothing": lambda *a, **k: None, "a list": lambda *a, **k: [1.0], "text": lambda *a, **k: "x"}


@pytest.fixture(autouse=True)
def _in_persian(monkeypatch):
    monkeypatch.setenv(VARIABLE, "fa")


def english_in(text):
    """What is left of English, of lines that are not only code or numbers."""
    lines = [line.split(RAISED)[0] for line in text.splitlines()]
    return [line for line in lines if MARK in line or ENGLISH.search(line)]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_every_mistake_is_named_in_persian(exercise):
    answers = {mistake.name: mistake.mutant for mistake in exercise.misconceptions} | OTHERS
    for name, answer in answers.items():
        report = report_of(examine(exercise, answer, seed=7))
        assert english_in(repr(report)) == [], name
        assert report.direction == "rtl"


def test_what_can_be_seen_at_an_answer_without_a_name_is_persian():
    mask, attention = EXERCISES[1], EXERCISES[-1]
    for exercise, answer in (
        (mask, lambda T: mask.reference(T)[None]),
        (attention, lambda q, k, v, *, causal=True: 2 * attention.reference(q, k, v, causal=causal)),
        (attention, lambda q, k, v, *, causal=True: attention.reference(q, k, v, causal=causal).flip(-2) + v),
    ):
        examination = examine(exercise, answer, seed=7)
        assert examination.mistake is None
        assert english_in(repr(report_of(examination))) == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_right_answer_and_the_hints_are_persian(exercise):
    report = report_of(examine(exercise, exercise.reference, seed=7))
    assert report
    for text in (repr(report), *(repr(hint(exercise.name, number)) for number in (1, 2, 3))):
        assert english_in(text) == []


def test_an_untouched_answer_and_the_library_s_own_are_told_in_persian():
    def causal_mask(T):
        raise NotImplementedError()

    assert "هنوز جوابی داده نشده" in repr(check(causal_mask))
    assert "این مال خودِ کتابخانه است" in repr(check(EXERCISES[0].reference))


def test_grids_of_numbers_are_read_from_the_left_in_a_report_that_is_read_from_the_right():
    mirrored = next(mistake for mistake in EXERCISES[1].misconceptions if mistake.name == "transposed")
    page = report_of(examine(EXERCISES[1], mirrored.mutant, seed=7))._repr_html_()
    assert page.startswith('<div dir="rtl"')
    assert re.search(r'<div dir="ltr" style="text-align: left">[^<]*True', page)
    assert '<bdi dir="ltr">T − 1</bdi>' in page


def test_in_english_a_report_is_what_it_was(monkeypatch):
    monkeypatch.delenv(VARIABLE)
    report = report_of(examine(EXERCISES[1], EXERCISES[1].misconceptions[0].mutant, seed=7))
    assert "Likely mistake: transposed. Row t must allow" in repr(report)
    assert report._repr_html_().startswith('<div style="border-left')


def test_a_wrong_answer_in_the_persian_notebook_is_named_in_persian(monkeypatch):
    monkeypatch.delenv(VARIABLE)  # the notebook sets it
    notebook = nbformat.read(ROOT / "fa/exercises/03_attention.ipynb", as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    cells["causal_mask"].source = "def causal_mask(T):\n    return torch.ones(T, T, dtype=torch.bool).triu()"
    wanted = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]  # language, imports
    notebook.cells = [*wanted, cells["causal_mask"], cells["check-causal_mask"]]
    asyncio.run(execute(notebook, kernel_environment(threads=1), lambda: None))
    data = notebook.cells[-1].outputs[0].data
    assert "causal_mask: هنوز درست نیست." in data["text/plain"]
    assert "اشتباه احتمالی: ماسک ترانهاده است. سطر t باید کلیدهای ۰ تا t را مجاز کند" in data["text/plain"]
    assert data["text/html"].startswith('<div dir="rtl"')
