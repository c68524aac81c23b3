import pytest
import torch
from IPython.utils.capture import capture_output

from course_lib.show.guess import NO_GUESS, compare, reveal, show_folded
from course_lib.show.measured import approx


def shown(*arguments):
    with capture_output() as captured:
        reveal(*arguments)
    (output,) = captured.outputs
    return output.data


@pytest.fixture(autouse=True)
def _in_ipython(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.instance()
    yield
    InteractiveShell.clear_instance()


def test_without_a_guess_the_answer_is_folded_and_asks_for_one():
    data = shown("parameters", 40_000, ...)
    assert data["text/plain"] == "parameters: 40,000"
    assert data["text/html"].startswith(f"<details><summary>{NO_GUESS}</summary>")
    assert "40,000" not in data["text/html"].split("</summary>")[0]


def test_where_no_guess_was_asked_for_the_line_names_what_is_inside():
    assert shown("weights", [0.67, 0.09])["text/html"].startswith("<details><summary>Open: weights</summary>")


def test_a_guess_stands_in_the_line_that_opens_the_answer():
    html = shown("parameters", 40_000, 10_000)["text/html"]
    assert "You guessed 10,000" in html.split("</summary>")[0]
    assert "4 times too small" in html


def test_a_table_is_folded_line_by_line_under_what_it_is_about():
    with capture_output() as captured:
        show_folded("the two runs", "name  loss\n<a>   0.41")
    data = captured.outputs[0].data
    assert data["text/plain"] == "name  loss\n<a>   0.41"
    assert data["text/html"].startswith("<details><summary>the two runs</summary>")
    assert "<pre>name  loss\n&lt;a&gt;   0.41</pre>" in data["text/html"]


@pytest.mark.parametrize(
    ("value", "guess", "said"),
    [
        (40_000, 40_000, "exactly right"),
        (40_000, 80_000, "2 times too large"),
        (40_000, 40_100, "within 1 %"),
        (0.5, -0.5, "not what came out"),
        ((32, 128), [32, 128], "exactly right"),
        ((32, 128), (128, 32), "not what came out"),
        ("Fused", " fused", "exactly right"),
        (40_000, "many", "not what came out"),
        (1, True, "exactly right"),
        (3.0, float("nan"), "not what came out"),
        (3, 0, "not what came out"),
        (10**400, 1.0, "not what came out"),
        (3, print, "not what came out"),
    ],
)
def test_any_guess_is_compared(value, guess, said):
    assert said in compare(value, guess)


def test_a_guess_is_compared_with_the_number_behind_an_approximation():
    value = approx(7.97, about=8, within=0.2)
    assert "right within 1 %" in compare(value, 8)
    assert "2.01 times too large" in compare(value, 16)
    assert shown("deviation", value, 8)["text/plain"].startswith("deviation: ≈ 7.97\nYour guess, 8, is right")


def test_a_tensor_is_a_guess_like_any_other():
    assert "not what came out" in compare((1, 2), torch.tensor([1, 2]))


def test_what_a_reader_types_is_no_html():
    assert "<script>" not in shown("name", "<b>", "<script>")["text/html"]


def test_in_persian_a_guess_is_answered_in_persian_and_numbers_are_read_from_the_left(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "fa")
    data = shown("پارامترها", 40_000, 10_000)
    assert data["text/plain"] == "پارامترها: 40,000\nحدس شما، 10,000، نسبت به جواب 4 برابر کوچک‌تر است."
    assert data["text/html"].startswith('<div dir="rtl"><details><summary>حدس شما <bdi dir="ltr">10,000</bdi> بود')
    assert '<b>پارامترها: <bdi dir="ltr">40,000</bdi></b>' in data["text/html"]
    assert '<bdi dir="ltr">Lily</bdi>: <bdi dir="ltr">2</bdi></b>' in shown("امتیاز she و Lily", 2)["text/html"]
    assert "حدستان را در سلول بالا بنویسید" in shown("پارامترها", 40_000, ...)["text/html"]
    assert "<summary>باز کنید: پارامترها</summary>" in shown("پارامترها", 40_000)["text/html"]
