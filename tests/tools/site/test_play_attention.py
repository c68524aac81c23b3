"""The sentence of lesson 03: its weights are those that the model attends with."""

import nbformat.v4 as v4
import pytest
import torch

from course_lib import pretrained
from course_lib.interpretability import attention_patterns
from course_lib.util.language import words
from course_tools.site import plays
from course_tools.site.plays.attention import ATTENTION, BEGINNING, HEADS, LOOKING, SENTENCE, attention, scores
from tests.tools.site.node import asked_of_node, needs_node

ROUNDED = 1e-3  # scores keep three digits


@pytest.fixture(scope="module")
def words_and_tables():
    return scores(SENTENCE, HEADS)


@needs_node
def test_the_weights_are_those_of_the_model(words_and_tables):
    names, tables = words_and_tables
    model, tokenizer = pretrained.load("howsam"), pretrained.load_tokenizer("howsam")
    patterns = attention_patterns(model, torch.tensor([tokenizer.encode(SENTENCE).ids]))[:, 0]  # (L, H, T, T)
    for (block, head, _), table in zip(HEADS, tables, strict=True):
        rounded = [[round(x, 3) for x in row] for row in table.tolist()]
        mine = asked_of_node("attention", "weights", [[row, query] for query, row in enumerate(rounded)])
        assert torch.tensor(mine).allclose(patterns[block, head], atol=ROUNDED)
        assert all(mine[query][key] == 0 for query in range(len(names)) for key in range(query + 1, len(names)))


@needs_node
def test_the_largest_weights_are_named_in_order_and_those_ahead_never():
    assert asked_of_node("attention", "most", [[[0.2, 0.5, 0.2, 0.1], 3], [[1.0, 0.0, 0.0], 3]]) == [[1, 0, 2], [0]]


def test_the_head_that_is_shown_first_finds_out_whether_it_is_a_boy(words_and_tables):
    names, tables = words_and_tables
    assert names[0] == BEGINNING
    query = names.index(LOOKING)
    assert names[tables[0, query, : query + 1].argmax()] == "boy"


def test_without_scripts_it_is_the_sentence_with_the_weights_of_a_word():
    text = attention(["start", "<b>", "c"], torch.zeros(1, 3, 3), HEADS[:1], query=1)
    assert '<b>&lt;b&gt;</b><span class="share">50 %</span>' in text
    assert '<b>c</b><span class="share"></span>' in text
    assert "*<b>*" not in text


def test_in_persian_all_but_the_sentence_is_persian(words_and_tables):
    names, tables = words_and_tables
    text = attention(names, tables, HEADS, names.index(LOOKING), words("site", "fa"))
    assert "هنوز ترجمه نشده" not in text
    assert text.startswith("**برای بازی.** هر واژه به کدام واژه‌ها نگاه می‌کند")
    assert '<div class="words" lang="en" dir="ltr">' in text
    assert "بلوک ۱۰، سر ۲: پسر یا دختر؟" in text
    assert "«{0}» بیش از همه به این‌ها نگاه می‌کند: {1}." in text
    assert "&quot;between&quot;: &quot;، &quot;" in text


def test_in_an_edition_it_stands_before_the_same_heading():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(text) for text in ("## ۵ · ماسک", "## ۶ · سه راه")])
    plays.add(notebook, f"fa/{ATTENTION.notebook}", words("site", "fa"))
    assert ['id="play-attention"' in cell.source for cell in notebook.cells] == [False, True, False]
