"""Text to ids and back while it comes: three kinds of tokenizer, no character in halves."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, processors
from torch import Tensor, nn

from course_lib.config import GPTConfig
from course_lib.generation import decode_stream, encode_prompt, end_of_text, stream_text
from course_lib.gpt import GPT
from course_lib.tokenization import END_OF_TEXT, BPETokenizer, to_tiktoken, train_tokenizer

TEXTS = ["Once upon a time there was a café.", "Olá, 世界! 🙂🙂", "naïve ÿ ŏ"]
RUST = train_tokenizer(TEXTS, vocab_size=300)
OURS = BPETokenizer.train(TEXTS, 300)
TIKTOKEN = to_tiktoken(RUST)
TOKENIZERS = [RUST, OURS, TIKTOKEN]


def kind(tokenizer: object) -> str:
    return type(tokenizer).__module__


def plain_ids(tokenizer, text: str) -> list[int]:
    if tokenizer is RUST:
        return RUST.encode(text, add_special_tokens=False).ids
    return TIKTOKEN.encode_ordinary(text) if tokenizer is TIKTOKEN else OURS.encode(text)


class Recites(nn.Module):
    """Expects one text, whatever the prompt: token t of it at position t."""

    def __init__(self, ids: list[int], V: int) -> None:
        super().__init__()
        self.config = GPTConfig(vocab_size=V, seq_len=500, n_layer=1, n_embd=4, n_head=1)
        self.one = nn.Parameter(torch.zeros(1))
        self.ids = torch.tensor(ids)

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        next_ones = self.ids[1 : idx.shape[1] + 1].expand(idx.shape)
        return nn.functional.one_hot(next_ones, self.config.vocab_size).float() * 9


# Ids to text


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
@pytest.mark.parametrize("text", [*TEXTS, "", "🙂", "a\nb  c"])
def test_the_pieces_make_up_the_text(tokenizer, text: str) -> None:
    assert "".join(decode_stream(tokenizer, plain_ids(tokenizer, text))) == text


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
@given(text=st.text(max_size=30))
@settings(deadline=None)
def test_no_piece_ends_within_a_character(tokenizer, text: str) -> None:
    pieces = list(decode_stream(tokenizer, plain_ids(tokenizer, text)))
    assert "".join(pieces) == text
    assert all(pieces)
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
@given(ids=st.lists(st.integers(0, OURS.vocab_size - 1), max_size=20))
@settings(deadline=None)
def test_whatever_a_model_draws_reads_as_if_decoded_at_once(tokenizer, ids: list[int]) -> None:
    raw = b"".join(OURS.tokens[token] for token in ids if token != 0)  # all three have the same ids
    assert "".join(decode_stream(tokenizer, ids)) == raw.decode(errors="replace")


def test_the_three_tokenizers_have_the_same_ids() -> None:
    for text in TEXTS:
        assert plain_ids(RUST, text) == plain_ids(OURS, text) == plain_ids(TIKTOKEN, text)


def test_a_character_comes_when_its_last_byte_is_there_and_not_before() -> None:
    smile = [byte for byte in "🙂".encode()]
    ids = [OURS.tokens.index(bytes([byte])) for byte in smile]
    seen: list[str] = []

    def told() -> Iterator[int]:
        for number, token in enumerate([*ids, OURS.tokens.index(b"!")]):
            assert seen == ([] if number < 4 else ["🙂"])
            yield token

    for piece in decode_stream(OURS, told()):
        seen.append(piece)
    assert seen == ["🙂", "!"]


def test_half_a_character_at_the_end_is_shown_as_such() -> None:
    first_half = OURS.tokens.index("é".encode()[:1])
    assert list(decode_stream(OURS, [first_half])) == ["\ufffd"]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
def test_special_tokens_are_not_shown(tokenizer) -> None:
    ids = plain_ids(tokenizer, "a time")
    assert "".join(decode_stream(tokenizer, [0, *ids, 0])) == "a time"


def test_added_tokens_that_are_not_special_are_shown_as_they_are() -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=300)
    tokenizer.add_tokens([AddedToken("<two words é>", special=False)])
    ids = tokenizer.encode("a<two words é>b", add_special_tokens=False).ids
    assert "".join(decode_stream(tokenizer, ids)) == "a<two words é>b" == tokenizer.decode(ids)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
def test_an_id_outside_the_vocabulary_is_named(tokenizer) -> None:
    with pytest.raises(ValueError, match="id 5000 is not in the tokenizer's vocabulary"):
        list(decode_stream(tokenizer, [5000]))


def test_an_id_without_a_token_is_never_drawn() -> None:
    for tokenizer in TOKENIZERS:
        padded = GPT(GPTConfig(vocab_size=2_000, seq_len=32, n_layer=1, n_embd=8, n_head=1))  # of 300 tokens
        told = "".join(stream_text(padded, tokenizer, "a", 200, temperature=9.0, seed=0, stop_token=None))
        assert len(told) > 50


def test_a_token_that_the_model_lacks_is_named_before_anything_is_written() -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=300)
    V = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens(["<user>"])
    model = GPT(GPTConfig(vocab_size=V, seq_len=32, n_layer=1, n_embd=8, n_head=1))
    with pytest.raises(ValueError, match=f"the prompt has the token '<user>', id {V}, and the model knows"):
        stream_text(model, tokenizer, "<user> hi", 5)


def test_other_tokenizers_are_refused_with_the_remedy() -> None:
    words = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    words.decoder = decoders.WordPiece()
    with pytest.raises(ValueError, match=r"decoder is WordPiece, and only byte-level .* call tokenizer.decode"):
        decode_stream(words, [0])  # at once, before the first piece
    with pytest.raises(ValueError, match=r"a tiktoken\.Encoding, got str"):
        end_of_text("gpt2")


# Text to ids


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
def test_a_prompt_stands_behind_the_token_that_begins_a_story(tokenizer) -> None:
    assert end_of_text(tokenizer) == 0
    assert encode_prompt(tokenizer, "a time") == [0, *plain_ids(tokenizer, "a time")]
    assert encode_prompt(tokenizer, "") == [0]


@pytest.mark.parametrize("tokenizer", [OURS, TIKTOKEN], ids=kind)
def test_a_special_token_written_in_a_prompt_is_text(tokenizer) -> None:
    assert 0 not in encode_prompt(tokenizer, END_OF_TEXT)[1:]


def test_llamas_own_beginning_and_end_are_used() -> None:
    tokenizer = Tokenizer(RUST.model)
    tokenizer.pre_tokenizer, tokenizer.decoder = RUST.pre_tokenizer, RUST.decoder
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
    begin, end = (tokenizer.token_to_id(name) for name in ("<|begin_of_text|>", "<|end_of_text|>"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", begin)]
    )
    assert encode_prompt(tokenizer, "a time") == [begin, *plain_ids(RUST, "a time")]
    assert end_of_text(tokenizer) == end


def test_nothing_to_begin_with_is_refused() -> None:
    with pytest.raises(ValueError, match="give a prompt of some words"):
        encode_prompt(BPETokenizer([], special_tokens=()), "")


# From a model


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=kind)
def test_a_model_that_recites_is_heard_up_to_the_end_of_its_text(tokenizer) -> None:
    text = " Olá, 世界! 🙂🙂"
    prompt = encode_prompt(tokenizer, "café")
    ids = [*prompt, *plain_ids(tokenizer, text), 0, *plain_ids(tokenizer, "not heard")]
    model = Recites(ids, 300)
    pieces = list(stream_text(model, tokenizer, "café", 60, temperature=0))
    assert "".join(pieces) == text
    assert len(pieces) > 3
    few = "".join(stream_text(model, tokenizer, "café", 2, temperature=0))
    assert few == tokenizer.decode(plain_ids(tokenizer, text)[:2])


def test_pieces_come_one_by_one() -> None:
    prompt = encode_prompt(OURS, "a")
    model = Recites([*prompt, *plain_ids(OURS, " time there"), 0], 300)
    calls = []
    model.register_forward_hook(lambda *_: calls.append(1))
    pieces = stream_text(model, OURS, "a", 50, temperature=0)
    assert not calls
    next(pieces)
    assert len(calls) == 1
