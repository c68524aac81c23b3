"""The page's tokenizer gives the ids of the course's, whatever the text, and the text of any ids."""

import codecs
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from course_lib.corpus import load_stories
from course_lib.generation.text import decode_stream, encode_prompt
from course_lib.tokenization import train_tokenizer
from course_tools.share import read_shared
from course_tools.share.vocabulary import pack_tokenizer
from tests.tools.share.node import ask, needs_node

ODD = [
    "",
    " ",
    "\n\n  \n Once",
    "two  spaces,   three, and a tab\t.",
    "a\u00a0b\u2003c\u3000d\u0085e\u200bf\ufeffg\u180eh\u1680i",  # white space, and what only looks like it
    "I'll we've they're he'd I'm it's 'tis 'LL",
    "naïve café 北京 مرحبا नमस्ते 😀👩‍👩‍👧 x²½Ⅷ٣",
    "<|endoftext|>Once<|endoftext|><|endoftext|> <|endoftext| >",
    "__init__(self): # 1,234.56",
    "\x00\x01\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x7f",
    "e\u0301 \u0301 \U0001f1ee\U0001f1f7 \U00010400",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
]
KNOWN = st.characters(exclude_categories=("Cs", "Cn"))  # assigned: libraries know Unicode of different years
TEXTS = st.text(KNOWN | st.sampled_from(" \n\t'aeinst.,\u00a0\u2003\u0085\ufeff😀"), max_size=60)
BATCH = 150  # texts for one start of node


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(load_stories("sample", n=200)["text"], vocab_size=1_000)


@needs_node
def test_odd_texts_have_the_same_ids(tokenizer: Tokenizer) -> None:
    for ours in (tokenizer, read_shared("howsam").tokenizer):
        ids = ask("encode", tokenizer=pack_tokenizer(ours), texts=ODD)
        assert dict(zip(ODD, ids, strict=True)) == {text: encode_prompt(ours, text) for text in ODD}


@needs_node
def test_stories_have_the_same_ids(tokenizer: Tokenizer) -> None:
    stories = list(load_stories("sample", "validation", 40)["text"])
    ids = ask("encode", tokenizer=pack_tokenizer(tokenizer), texts=stories)
    assert ids == [tokenizer.encode(story).ids for story in stories]


@needs_node
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=BATCH, max_size=BATCH))
def test_any_text_has_the_same_ids(tokenizer: Tokenizer, texts: list[str]) -> None:
    ids = ask("encode", tokenizer=pack_tokenizer(tokenizer), texts=texts)
    assert dict(zip(texts, ids, strict=True)) == {text: encode_prompt(tokenizer, text) for text in texts}


@needs_node
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.integers(0, 999), max_size=30), min_size=BATCH, max_size=BATCH))
def test_any_ids_have_the_same_text_whole_characters_or_not(tokenizer: Tokenizer, texts: list[list[int]]) -> None:
    for ids, (whole, pieces) in zip(
        texts, ask("decode", tokenizer=pack_tokenizer(tokenizer), texts=texts), strict=True
    ):
        assert whole == "".join(decode_stream(tokenizer, ids))
        assert len(pieces) == len(ids)
        assert whole.startswith("".join(pieces))  # what is missing is the rest of a character


@needs_node
def test_a_character_waits_for_its_last_byte(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("é😀", add_special_tokens=False).ids
    (whole, pieces), (cut, _) = ask("decode", tokenizer=pack_tokenizer(tokenizer), texts=[ids, ids[:-1]])
    assert (whole, [piece for piece in pieces if piece]) == ("é😀", ["é", "😀"])
    assert cut == "é\ufffd"


@needs_node
def test_a_byte_order_mark_is_kept(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(codecs.BOM_UTF8.decode() + "a", add_special_tokens=False).ids
    (whole, pieces), *_ = ask("decode", tokenizer=pack_tokenizer(tokenizer), texts=[ids])
    assert whole == "".join(pieces) == "\ufeffa"


def test_the_texts_above_are_what_they_seem() -> None:
    assert unicodedata.category("\u200b") == "Cf"
    assert {unicodedata.category(character) for character in "\u00a0\u2003\u3000\u1680"} == {"Zs"}


def other(change) -> Tokenizer:
    made = train_tokenizer(["once upon a time"] * 3, vocab_size=300)
    return change(made) or made


def words_of_another_kind(made: Tokenizer) -> None:
    made.pre_tokenizer = pre_tokenizers.Whitespace()


def space_in_front(made: Tokenizer) -> None:
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)


def lower_case(made: Tokenizer) -> None:
    from tokenizers import normalizers

    made.normalizer = normalizers.Lowercase()


def end_behind(made: Tokenizer) -> None:
    end = "<|endoftext|>"
    made.post_processor = processors.TemplateProcessing(
        single=f"{end} $A {end}", special_tokens=[(end, made.token_to_id(end))]
    )


def word_level(_: Tokenizer) -> Tokenizer:
    made = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    made.decoder = decoders.ByteLevel()
    return made


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (words_of_another_kind, "does not cut texts into GPT-2's words"),
        (space_in_front, "does not cut texts into GPT-2's words"),
        (lower_case, "changes texts first"),
        (end_behind, "puts tokens behind a text"),
        (word_level, "its model is WordLevel"),
    ],
)
def test_a_tokenizer_of_another_kind_is_refused(change, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        pack_tokenizer(other(change))
