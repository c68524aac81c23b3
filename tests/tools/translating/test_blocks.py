import pytest

from course_tools.translating.blocks import blocks, heading_of, is_prose, joined


def test_a_cell_is_cut_at_empty_lines_and_after_headings():
    text = "# Title\nfirst line\nsecond line\n\n- one\n- two\n  more"
    assert blocks(text) == ["# Title", "first line second line", "- one\n- two more"]


def test_where_a_line_ends_is_no_matter_of_text():
    assert blocks("a b\nc") == blocks("a\nb c")


def test_tables_keep_their_lines_and_formulas_their_signs():
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    assert blocks(table) == [table]
    assert blocks("the gradient is $w\n- w^2$, near zero") == ["the gradient is $w - w^2$, near zero"]


def test_markers_of_answers_stand_alone_and_are_nobodys_heading():
    text = "### BEGIN SOLUTION\nBecause.\n\nAnd so.\n### END SOLUTION"
    assert blocks(text) == ["### BEGIN SOLUTION", "Because.", "And so.", "### END SOLUTION"]
    assert joined(blocks(text)) == text
    assert heading_of("### BEGIN SOLUTION") == ""
    assert heading_of("## 2 · One query") == "2 · One query"


@pytest.mark.parametrize("text", ["$$\\text{mask} = 1$$", "`code`", "### BEGIN SOLUTION", "| 1 | 2 |", "42"])
def test_what_has_no_words_is_not_translated(text):
    assert not is_prose(text)
