import pytest

from course_tools.translating.layout import PARAGRAPH, from_the_right, left_as_it_is


def inside(text):
    laid_out = from_the_right(text)
    assert laid_out.startswith('<div dir="rtl">\n\n')
    assert laid_out.endswith("\n\n</div>")
    return laid_out.removeprefix('<div dir="rtl">\n\n').removesuffix("\n\n</div>")


@pytest.mark.parametrize(
    ("markdown", "laid_out"),
    [
        ("شکل `(T, d)` است", 'شکل <bdi dir="ltr">`(T, d)`</bdi> است'),
        ("بر $\\sqrt d$ تقسیم", 'بر <bdi dir="ltr">$\\sqrt d$</bdi> تقسیم'),
        ("مجموع `a` = (b) است", 'مجموع <bdi dir="ltr">`a` = (b)</bdi> است'),
        ("**توکن** (token) است", '**توکن** <bdi dir="ltr">(token)</bdi> است'),
        ("- `x` و *she*", '- <bdi dir="ltr">`x`</bdi> و *<bdi dir="ltr">she</bdi>*'),
        ("## ۷ · چرا √d؟", '## ۷ · چرا <bdi dir="ltr">√d</bdi>؟'),
        ("[تمرین](../x/03.ipynb) است", "[تمرین](../x/03.ipynb) است"),
    ],
)
def test_code_formulas_and_latin_words_are_read_from_the_left(markdown, laid_out):
    whole = laid_out if markdown.startswith(("-", "#")) else PARAGRAPH.format(text=laid_out)
    assert inside(markdown) == whole


def test_paragraphs_are_aligned_to_the_right_and_nothing_else_is_a_paragraph():
    text = "بند:\n- یک\n\n<details><summary>دو</summary>\n\nسه\n\n</details>\n\n---\n[چهار](x.ipynb)"
    paragraphs = {line for line in inside(text).split("\n") if line.startswith("<span")}
    assert paragraphs == {PARAGRAPH.format(text=line) for line in ("بند:", "سه", "[چهار](x.ipynb)")}


def test_cells_of_a_table_are_isolated_one_by_one_and_its_rule_stays():
    table = "| نام | شکل |\n|---|---|\n| `f(x)` | (2, 0) |"
    assert inside(table) == ('| نام | شکل |\n|---|---|\n| <bdi dir="ltr">`f(x)`</bdi> | <bdi dir="ltr">(2, 0)</bdi> |')


@pytest.mark.parametrize("text", ["$$a\n= b$$", "```\nx = (1)\n```", left_as_it_is("[English] (yet)")])
def test_formulas_and_code_that_stand_alone_are_left_alone(text):
    prose = PARAGRAPH.format(text="متن")
    assert inside(f"متن\n\n{text}\n\nمتن") == f"{prose}\n\n{text}\n\n{prose}"
