"""A student's report with COURSE_LANGUAGE=fa: Persian from the right, with code, names and numbers from the left."""

import dataclasses
import re

import pytest

from course_lib.checks.engine.catalogue import exercises_of
from course_lib.checks.engine.examine import examine
from course_lib.util.language import VARIABLE
from course_tools.grading.outputs.student_page import student_page
from course_tools.grading.results import Mistake, Refusal
from tests.tools.grading.class_of_four import ROSTER, class_of_four, exercise, submission
from tests.tools.grading.test_outputs_pages import Reader

NOT_YET = "هنوز ترجمه نشده"
ENGLISH = re.compile(r"(?:\b[a-z]{3,} ){3,}")


@pytest.fixture
def report(monkeypatch):
    """The page of a student who turned the mask over, as `course grade` would examine it."""
    monkeypatch.setenv(VARIABLE, "fa")
    asked = next(one for one in exercises_of("attention") if one.name == "causal_mask")
    mistake = next(one for one in asked.misconceptions if one.name == "transposed")
    found = examine(asked, mistake.mutant, seed=7)
    graded = exercise(
        "causal_mask",
        "wrong",
        0.0,
        verdicts=found.verdicts,
        mistake=Mistake(mistake.name, mistake.explanation),
        review=asked.review,
        seed=7,
        answer_source="def causal_mask(T):\n    return torch.ones(T, T).triu()",
    )
    grades = dataclasses.replace(class_of_four(), submissions=(submission("bob", graded),))
    return student_page(grades, ROSTER[1])


def test_all_of_it_is_persian(report):
    text = Reader(report).text
    assert NOT_YET not in text
    assert not ENGLISH.search(text)
    for said in ("ماسک علّی", "نادرست", "اشتباه احتمالی:", "ماسک ترانهاده است", "درس ۰۳، بخش ۵", "اگر موافق نیستید"):
        assert said in text


def test_it_is_read_from_the_right_and_code_in_it_is_not(report):
    assert '<html lang="fa" dir="rtl">' in report
    assert '<bdi dir="ltr">t + 1</bdi>' in report
    assert '<bdi dir="ltr">0 / 1</bdi> نمره' in report
    assert '<td data-label="نمره" class="n"><bdi dir="ltr">0 / 1</bdi></td>' in report
    assert re.search('<span dir="rtl" class="row">[^/]*انتظار می‌رفت', report)
    assert re.search('<span dir="ltr" class="row">[^/]*<bdi dir="ltr">True', report)
    assert "<code>check(causal_mask, seed=7)</code>" in report
    assert Reader(report).problems == []


def test_in_english_it_is_read_from_the_left(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    page = student_page(class_of_four(), ROSTER[1])
    assert '<html lang="en">' in page
    assert "<bdi" not in page


def test_that_nothing_could_be_graded_is_said_in_persian_too(monkeypatch):
    monkeypatch.setenv(VARIABLE, "fa")
    page = student_page(class_of_four(rejected=(Refusal("a.pdf", "", "dan"),)), ROSTER[3])
    assert "قابل تصحیح نبود" in page
