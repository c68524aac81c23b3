"""Formulas in answers are drawn; whatever else a student writes into one is text, and costs no time."""

import re
import time

import pytest

from course_tools.grading.outputs.formulas import ELEMENTS, MAX_FORMULAS, with_formulas


def elements(text):
    return set(re.findall(r"<(\w+)", with_formulas(text)))


def test_formulas_are_mathml_and_the_rest_is_as_markdown_has_it():
    made = with_formulas(r"Scores $\frac{q \cdot k}{\sqrt{d}}$ are **small**: `$x$` and $$a_1^2$$ cost 5 $ or 6 $.")
    assert "<mfrac>" in made
    assert "<msqrt>" in made
    assert "<strong>small</strong>" in made
    assert "<code>$x$</code>" in made
    assert '<span class="formula"><math display="block">' in made
    assert made.endswith("cost 5 $ or 6 $.")


@pytest.mark.parametrize(
    "formula",
    [
        r"$\text{<script>alert(1)</script>}$",
        r"$\text{&lt;img src=x onerror=alert(1)&gt;}$",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\class{status}{x}$",
        r"$\style{position: fixed}{x}$",
        r"$\color{red;background:url(x)}{x}$",
        r"$\id{blind}{x}$",
        r"$\mathrm{</math><img src=x>}$",
        r"$\hspace{99999em}x$",
        r"$\phantom{it is wrong}$",
    ],
)
def test_a_formula_brings_no_markup_of_its_own(formula):
    made = with_formulas(formula)
    assert elements(formula) <= {*ELEMENTS, "span"} - {"mphantom"}
    for attributes in re.findall(r"<\w+([^>]*)>", made):
        assert not re.search(r"href|class=\"status|style=|id=|onerror|color|width", attributes)


@pytest.mark.parametrize("text", [r"$\frac{$", "$" + "{" * 500 + "$", "$" + "x" * 2_000 + "$", "a $ b $ c"])
def test_what_is_no_formula_is_shown_as_it_was_typed(text):
    assert with_formulas(text) == text


def test_formulas_beyond_the_limit_stay_as_typed():
    made = with_formulas("$x$ " * (MAX_FORMULAS + 5))
    assert made.count("<math") == MAX_FORMULAS
    assert made.count("$x$") == 5


@pytest.mark.parametrize("piece", ["$", "$a ", "$$a", "`", "`$", "$ ", "$a" + " " * 50, "$x$", r"$\left($"])
def test_twice_as_long_takes_twice_as_long(piece):
    """The least of several times, and with much room: a reader by its square takes four times as long."""

    def seconds(length):
        text = (piece * length)[:length]
        return min(_took(text) for _ in range(3))

    assert seconds(160_000) < 3.2 * seconds(80_000) + 0.05


def _took(text):
    start = time.process_time()
    with_formulas(text)
    return time.process_time() - start
