"""The pictures of lesson 03 in Persian: every word but names, and each label in its own order."""

import re

import pytest

from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.show import diagram
from course_lib.show.sentence import MEANINGS, WORDS, Sentence
from course_lib.util.language import VARIABLE
from course_lib.util.language.direction import reads_from_the_right

NAMES = {"GPT", "LayerNorm", "MLP", "MultiHeadAttention", "DecoderBlock", "norm", "mlp", *WORDS, *MEANINGS}
SENTENCE = Sentence()


def pictures():
    return [
        diagram.model(GPT(GPTConfig()), lit="attention"),
        diagram.sentence(WORDS, {"x": SENTENCE.x, "q": SENTENCE.q}, names={"x": MEANINGS}, lit=4),
        diagram.sentence(WORDS, {"weights": SENTENCE.weights}, names={"weights": WORDS}, down=True),
    ]


@pytest.fixture
def persian(monkeypatch):
    monkeypatch.setenv(VARIABLE, "fa")


@pytest.mark.parametrize("number", range(3))
def test_every_word_is_persian_but_names(persian, number):
    picture = pictures()[number]
    said = [picture.title, *picture.lines, *(label.text for label in picture.labels)]
    words = {word for text in said for word in re.findall(r"[A-Za-z]{2,}", text)}
    assert words <= NAMES


def test_the_lines_keep_their_indent(persian):
    lines = pictures()[0].lines
    assert "    + به جریان افزوده می‌شود" in [f"  {line}" for line in lines]
    assert lines[-1] == "روشن: توجه"


def test_a_label_that_is_read_from_the_right_is_a_line_of_its_own(persian):
    picture = pictures()[0]
    for label in picture.labels:
        isolated = f"\u2067{label.text}\u2069" in picture.svg
        assert isolated == reads_from_the_right(label.text)


def test_rooms_have_the_names_that_code_knows_in_every_language(persian):
    picture = pictures()[0]
    assert picture.lit == "attention"
    assert {"embeddings", "final norm", "head"} <= {room.name for room in picture.rooms}


def test_in_english_nothing_is_isolated():
    picture = pictures()[0]
    assert "\u2067" not in picture.svg
    assert picture.lines[-1] == "lit: attention"
