"""The text of lesson 01: cut into words, merged and spelled as course_lib does it."""

from itertools import chain, pairwise

import pytest

from course_lib import pretrained
from course_lib.tokenization import BPETokenizer
from course_lib.tokenization.pairs import merge_pair
from course_lib.tokenization.pre_tokenization import split_words
from course_tools.site.plays.merging import MERGES, TEXT, by_bytes, first_merges, merging
from tests.tools.site.node import asked_of_node, needs_node

TEXTS = [
    TEXT,
    "",
    "Lily's mom said,  \"We'll go!\"\n\n  She ran.\t",
    "naïve café 東京 🙂👩‍🚀 \u00a0\u0085\ufeff x\u2003y 42nd",
    "aaaa aaaaaaa there there theretherethere",
]


@pytest.fixture(scope="module")
def merges():
    return first_merges(MERGES)


def counted(merges):
    """Pairs as the module has them."""
    return [by_bytes(pair) for pair in merges]


def test_the_merges_are_those_of_the_shipped_tokenizer(merges):
    whole = pretrained.load_tokenizer("howsam")
    mine = BPETokenizer(merges)
    assert len(merges) == MERGES
    for token in range(mine.vocab_size):
        assert mine.decode([token]) == whole.decode([token], skip_special_tokens=False) or token < 257


@needs_node
def test_words_are_cut_as_in_the_library():
    asked = asked_of_node("../../javascript/words", "splitWords", [[text] for text in TEXTS])
    assert asked == [split_words(text) for text in TEXTS]


@needs_node
def test_the_last_step_is_the_text_as_the_library_encodes_it(merges):
    tokenizer = BPETokenizer(merges)
    for text, steps in zip(
        TEXTS, asked_of_node("merging", "steps", [[text, counted(merges)] for text in TEXTS]), strict=True
    ):
        assert [*chain(*steps[0]["words"])] == list(text.encode())
        assert [*chain(*steps[-1]["words"])] == by_bytes(tokenizer.encode(text))


@needs_node
def test_each_step_makes_the_merge_that_was_learnt_first_of_those_that_fit(merges):
    pairs = counted(merges)
    ranks = {tuple(pair): rank for rank, pair in enumerate(pairs)}
    for steps in asked_of_node("merging", "steps", [[text, pairs] for text in TEXTS]):
        for before, after in pairwise(steps):
            rank = after["merge"]
            assert rank == min(ranks[pair] for word in before["words"] for pair in pairwise(word) if pair in ranks)
            assert after["words"] == [merge_pair(word, tuple(pairs[rank]), 256 + rank) for word in before["words"]]


@needs_node
def test_a_piece_is_shown_as_text_or_as_bytes(merges):
    pairs = counted(merges)
    there = by_bytes(BPETokenizer(merges).encode(" there"))
    assert len(there) == 1
    asked = [[there[0], pairs], [0xC3, pairs], [ord("\n"), pairs]]
    assert asked_of_node("merging", "shown", asked) == ["·there", "C3", "↵"]


def test_without_scripts_it_is_the_text_in_bytes_and_in_tokens(merges):
    text = merging("Tom's the café", merges)
    assert "<p>15 bytes:</p>" in text
    assert "<code>m</code><code>&#x27;</code><code>s</code><code>·</code>" in text
    assert "<code>C3</code><code>A9</code>" in text
    assert "<code>·the</code>" in text
