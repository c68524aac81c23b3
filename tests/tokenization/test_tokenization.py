import functools
import json
import random
import time
import unicodedata
from collections import Counter

import pytest
import regex
import tiktoken
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from course_lib import tokenization
from course_lib.tokenization import (
    BYTE_ORDER,
    END_OF_TEXT,
    GPT2_PATTERN,
    BPETokenizer,
    byte_characters,
    count_pairs,
    count_words,
    decode_bytes,
    encode_with_ranks,
    load_tokenizer,
    merge_pair,
    most_frequent_pair,
    save_tokenizer,
    split_words,
    to_tiktoken,
    train_merges,
    train_merges_fast,
    train_tokenizer,
)

TEXTS = [
    "Once upon a time there was a girl named Lily. She didn't like the rain, so she'd stay at home.\n\n",
    "Lily's mom said, \"We'll go to the park!\" They've played there 12 times in 2024.\t  The end.",
    "یکی بود، یکی نبود. لیلی و مادرش به پارک رفتند. لیلی خوشحال بود.",
    "Straße, naïve café — 🙂👩‍👩‍👧 and 日本語の文章です。日本語",
    "aaaa aaaaa aaaaaa bababab <|endoftext|> hahahaha",
] * 3
SIZE = 450  # tokens; TEXTS have pairs enough for some more

any_text = st.text(st.characters(exclude_categories=["Cs"]))  # any characters but halves of surrogate pairs
# Text from few letters, spaces and signs: many ties, runs, contractions.
dense_text = st.text(st.sampled_from("ab'st  \n1!é🙂"), max_size=60)


@pytest.fixture(scope="module")
def ours() -> BPETokenizer:
    return BPETokenizer.train(TEXTS, vocab_size=SIZE)


@pytest.fixture(scope="module")
def rust() -> Tokenizer:
    return train_tokenizer(TEXTS, vocab_size=SIZE)


@pytest.fixture(scope="module")
def twin(rust: Tokenizer) -> BPETokenizer:
    """Ours with the merges of `rust`, which has learnt from the special token in TEXTS too."""
    return BPETokenizer(merges_of(rust))


@pytest.fixture(scope="module")
def openai(rust: Tokenizer) -> tiktoken.Encoding:
    return to_tiktoken(rust)


def merges_of(tokenizer: Tokenizer) -> list[tuple[int, int]]:
    model = json.loads(tokenizer.to_str())["model"]
    return [(model["vocab"][left], model["vocab"][right]) for left, right in model["merges"]]


def as_words(text: str) -> dict[tuple[int, ...], int]:
    return {tuple(word.encode()): times for word, times in count_words([text]).items()}


def plain_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


# Words


@given(any_text)
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(split_words(text)) == text


def test_words_are_cut_as_gpt2_cuts_them() -> None:
    words = split_words("She's here,  I'LL say 42 times!\n\n ok ")
    assert words == ["She", "'s", " here", ",", " ", " I", "'", "LL", " say", " 42", " times", "!", "\n\n", " ok", " "]


# `regex` may know a younger Unicode than the Rust library: a character that one takes for a letter and the other for
# a sign is left out where words are compared. The test after the next one says which characters cannot be left out.
cut = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str


@functools.cache
def is_the_same_kind_to_both(character: str) -> bool:
    """Whether both join the character to a letter, a digit, or a sign before it."""
    return all(len(cut(before + character)) == len(split_words(before + character)) for before in "a1#")


settled_text = st.text(st.characters(exclude_categories=["Cs"]).filter(is_the_same_kind_to_both)) | dense_text


@given(settled_text)
@example("\x1c\x85\u2028 x\u00a0\u3000 y")
def test_the_rust_library_cuts_the_same_words(text: str) -> None:
    characters = byte_characters()
    expected = ["".join(characters[byte] for byte in word.encode()) for word in split_words(text)]
    assert [piece for piece, _ in cut(text)] == expected


def test_the_rust_library_has_the_same_letters_digits_and_spaces() -> None:
    known = [chr(code) for code in range(0x20000) if unicodedata.ucd_3_2_0.category(chr(code)) not in ("Cn", "Cs")]
    assert len(known) > 50_000  # Unicode 3.2 assigned 95,221 characters, over half of them in these two planes
    assert all(map(is_the_same_kind_to_both, [*known, *"🙂👩🤖₿"]))


@pytest.mark.parametrize("text", ["", " ", "\n", "a" * 5_000, " " * 5_000, "!" * 5_000])
def test_words_of_empty_and_long_runs(text: str) -> None:
    assert "".join(split_words(text)) == text


def test_count_words_counts_over_all_texts() -> None:
    assert count_words(["a b b", "b"]) == {"a": 1, " b": 2, "b": 1}


@given(st.lists(any_text | dense_text | st.text(" \n\t\x1c\u00a0a.'"), max_size=4))
def test_count_words_counts_what_split_words_cuts(texts: list[str]) -> None:
    expected = Counter(word for text in texts for word in split_words(text))
    assert (count_words(texts) if any(texts) else Counter()) == expected


def test_count_words_leaves_separators_out() -> None:
    assert count_words(["the end<|end|>The<|end|>"], separators=["<|end|>"]) == {"the": 1, " end": 1, "The": 1}


@pytest.mark.parametrize("texts", [[], [""], iter([])])
def test_no_text_is_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="no text to learn from"):
        count_words(texts)


def test_one_string_is_not_taken_for_a_list_of_letters() -> None:
    with pytest.raises(TypeError, match=r"put it in a list"):
        count_words("once upon a time")


def test_rows_of_a_dataset_are_not_taken_for_texts() -> None:
    with pytest.raises(TypeError, match=r"got dict; of a dataset, pass the column"):
        count_words([{"text": "once upon a time"}])  # type: ignore[list-item]


# Pairs and merges


def test_pairs_are_counted_as_often_as_their_word_occurs() -> None:
    # "hug" 10 times, "pug" 5 times: u,g in both.
    assert count_pairs({("h", "u", "g"): 10, ("p", "u", "g"): 5}) == {("h", "u"): 10, ("p", "u"): 5, ("u", "g"): 15}


def test_overlapping_pairs_are_counted_each() -> None:
    assert count_pairs({(7, 7, 7): 2}) == {(7, 7): 4}


def test_a_word_of_one_byte_has_no_pairs() -> None:
    assert count_pairs({(7,): 100}) == {}


def test_ties_go_to_the_smallest_ids() -> None:
    assert most_frequent_pair({(5, 1): 3, (2, 9): 3, (2, 4): 3, (1, 1): 2}) == (2, 4)


def test_no_pairs_have_no_most_frequent_one() -> None:
    with pytest.raises(ValueError, match="empty"):
        most_frequent_pair({})


@pytest.mark.parametrize(
    ("ids", "merged"),
    [
        ([1, 2, 3, 1, 2], [9, 3, 9]),
        ([1, 1, 2], [1, 9]),
        ([2, 1], [2, 1]),
        ([], []),
        ([1], [1]),
    ],
)
def test_merging_replaces_every_occurrence(ids: list[int], merged: list[int]) -> None:
    assert merge_pair(ids, (1, 2), 9) == merged


@pytest.mark.parametrize(("length", "merged"), [(2, [9]), (3, [9, 1]), (4, [9, 9]), (5, [9, 9, 1])])
def test_merging_a_run_goes_from_left_to_right(length: int, merged: list[int]) -> None:
    assert merge_pair([1] * length, (1, 1), 9) == merged


def test_training_by_hand() -> None:
    # hug 10, pug 5, pun 12, bun 4, hugs 5: u,g 20 times, then u,n 16 times, then h,ug 15 times.
    words = {b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}
    merges = train_merges({tuple(word): times for word, times in words.items()}, 3)
    assert merges == [(ord("u"), ord("g")), (ord("u"), ord("n")), (ord("h"), 256)]


def test_training_stops_when_no_pair_is_frequent_enough() -> None:
    assert train_merges({tuple(b"ab"): 2, tuple(b"cd"): 1}, 10) == [(ord("a"), ord("b"))]
    assert train_merges({tuple(b"ab"): 2, tuple(b"cd"): 1}, 10, min_frequency=1) == [(97, 98), (99, 100)]


@given(st.lists(dense_text, max_size=5), st.integers(1, 3))
def test_fast_training_learns_the_merges_of_plain_training(texts: list[str], min_frequency: int) -> None:
    words = as_words(" ".join([*texts, "ab"]))
    plain = train_merges(words, 40, min_frequency=min_frequency)
    assert train_merges_fast(words, 40, min_frequency=min_frequency) == plain


def test_encoding_merges_what_was_learnt_first() -> None:
    merges = {(1, 2): 10, (2, 3): 11, (11, 4): 12}
    assert encode_with_ranks([1, 2, 3, 4], merges) == [10, 3, 4]  # though 2,3,4 would make a longer token
    assert encode_with_ranks([2, 3, 4], merges) == [12]
    assert encode_with_ranks([], merges) == []


def test_bytes_are_joined_before_they_are_read() -> None:
    halves = ["é".encode()[:1], "é".encode()[1:]]
    assert decode_bytes([0, 1], halves) == "é"


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert decode_bytes([0, 1, 0], [b"a", b"\xff"]) == "a\ufffda"
    with pytest.raises(UnicodeDecodeError):
        decode_bytes([1], [b"a", b"\xff"], errors="strict")


# Our tokenizer


def test_bytes_are_written_as_the_rust_library_writes_them() -> None:
    characters = byte_characters()
    assert sorted(characters.values()) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert characters[ord(" ")] == "Ġ"
    assert list(BYTE_ORDER) == sorted(range(256), key=lambda byte: characters[byte])


def test_ids_are_special_tokens_then_bytes_then_merges(ours: BPETokenizer) -> None:
    assert ours.vocab_size == len(ours.tokens) == SIZE
    assert ours.special_tokens == {END_OF_TEXT: 0}
    assert ours.tokens[1] == b"!"
    assert sorted(ours.tokens[1:257]) == [bytes([byte]) for byte in range(256)]
    left, right = next(iter(ours.merges))
    assert ours.tokens[257] == ours.tokens[left] + ours.tokens[right]


@given(text=any_text | dense_text)
def test_any_text_comes_back(ours: BPETokenizer, text: str) -> None:
    assert ours.decode(ours.encode(text)) == text
    assert ours.decode(ours.encode(text, allowed_special="all")) == text


def test_bytes_never_seen_in_training_have_a_token() -> None:
    tokenizer = BPETokenizer.train(["abab"], 300)
    assert tokenizer.decode(tokenizer.encode("سلام 🙂 \x00\x7f")) == "سلام 🙂 \x00\x7f"


def test_a_full_memory_of_words_changes_no_ids(ours: BPETokenizer, monkeypatch) -> None:
    expected = [ours.encode(text) for text in TEXTS]
    monkeypatch.setattr("course_lib.tokenization.bpe.MOST_CACHED_WORDS", 2)
    forgetful = BPETokenizer(list(ours.merges))
    assert [forgetful.encode(text) for text in TEXTS] == expected
    assert len(forgetful._cache) <= 2


def test_special_tokens_are_text_unless_allowed(ours: BPETokenizer) -> None:
    text = "The end.<|endoftext|>Once"
    assert 0 not in ours.encode(text)
    assert ours.encode(text, allowed_special={END_OF_TEXT}).count(0) == 1
    assert ours.encode(text, allowed_special="all") == [*ours.encode("The end."), 0, *ours.encode("Once")]


def test_of_special_tokens_that_begin_alike_the_longer_is_taken() -> None:
    tokenizer = BPETokenizer([], ["<|e|>", "<|e|><|f|>"])
    assert tokenizer.encode("<|e|><|f|><|e|>", allowed_special="all") == [1, 0]
    assert tokenizer.encode("<|e|><|e|><|f|>", allowed_special={"<|e|>"})[:2] == [0, 0]


def test_nothing_is_learnt_from_special_tokens() -> None:
    tokenizer = BPETokenizer.train(["<|endoftext|>" * 50 + "abab"], 300)
    assert tokenizer.tokens[257:] == [b"ab"]


def test_decoding_can_leave_special_tokens_out(ours: BPETokenizer) -> None:
    ids = ours.encode("<|endoftext|>Once", allowed_special="all")
    assert ours.decode(ids) == "<|endoftext|>Once"
    assert ours.decode(ids, skip_special_tokens=True) == "Once"


def test_half_a_character_decodes_to_a_replacement_character(ours: BPETokenizer) -> None:
    ids = BPETokenizer([]).encode("🙂")
    assert len(ids) == 4
    assert BPETokenizer([]).decode(ids[:3]) == "\ufffd"


@pytest.mark.parametrize("token", [-1, SIZE])
def test_ids_outside_the_vocabulary_are_refused(ours: BPETokenizer, token: int) -> None:
    with pytest.raises(ValueError, match=f"id {token} is not in the vocabulary; ids run from 0 to {SIZE - 1}"):
        ours.decode([0, token])


def test_unknown_special_tokens_are_refused(ours: BPETokenizer) -> None:
    with pytest.raises(ValueError, match=r"no special token is called '<\|pad\|>'; this vocabulary has '<\|endoftext"):
        ours.encode("text", allowed_special={"<|pad|>"})


@pytest.mark.parametrize("train", [train_tokenizer, BPETokenizer.train])
def test_half_a_surrogate_pair_among_the_texts_is_named(train) -> None:
    with pytest.raises(ValueError, match=r"text 1 holds half a surrogate pair, '\\ud83d', at position 9; mend it"):
        train(["fine", "a broken \ud83d"], 300)


def test_half_a_surrogate_pair_is_refused(ours: BPETokenizer) -> None:
    with pytest.raises(ValueError, match=r"half a surrogate pair, '\\ud83d', at position 2; mend it"):
        ours.encode("ab\ud83d")


@pytest.mark.parametrize("train", [BPETokenizer.train, train_tokenizer])
def test_a_vocabulary_without_room_for_all_bytes_is_refused(train) -> None:
    with pytest.raises(ValueError, match="vocab_size must be at least 257: 256 bytes and 1 special tokens; got 256"):
        train(TEXTS, 256)
    with pytest.raises(ValueError, match="no text"):
        train([], 300)
    with pytest.raises(ValueError, match="min_frequency must be at least 1"):
        train(TEXTS, 300, min_frequency=0)
    with pytest.raises(TypeError, match="must hold strings, got int"):
        train([1], 300)


def test_wrong_special_tokens_are_refused() -> None:
    with pytest.raises(TypeError, match="list of strings"):
        BPETokenizer.train(TEXTS, 300, special_tokens=END_OF_TEXT)
    with pytest.raises(ValueError, match="must differ"):
        BPETokenizer([], ["<|a|>", "<|a|>"])


@pytest.mark.parametrize("merge", [(0, 1), (1, 257), (-1, 5)])
def test_merges_of_ids_that_are_not_there_are_refused(merge: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="merge 0 joins the ids"):
        BPETokenizer([merge])


def test_two_merges_to_the_same_token_are_refused() -> None:
    with pytest.raises(ValueError, match="the same token"):
        BPETokenizer([(1, 2), (1, 2)])


# Files


def test_our_tokenizer_survives_saving(ours: BPETokenizer, tmp_path) -> None:
    ours.save(tmp_path / "bpe.json")
    loaded = BPETokenizer.load(tmp_path / "bpe.json")
    assert loaded.merges == ours.merges
    assert loaded.tokens == ours.tokens
    assert [file.name for file in tmp_path.iterdir()] == ["bpe.json"]


def test_the_rust_tokenizer_survives_saving(rust: Tokenizer, tmp_path) -> None:
    save_tokenizer(rust, tmp_path / "tokenizer.json")
    assert load_tokenizer(tmp_path / "tokenizer.json").to_str() == rust.to_str()


def test_a_save_that_fails_leaves_the_old_file(ours: BPETokenizer, tmp_path, monkeypatch) -> None:
    path = tmp_path / "bpe.json"
    path.write_text("old")

    def fail(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        ours.save(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_foreign_and_damaged_files_are_refused(ours: BPETokenizer, rust: Tokenizer, tmp_path) -> None:
    path = tmp_path / "file.json"
    ours.save(path)
    whole = path.read_text()
    with pytest.raises(ValueError, match=r"file of ours is read with BPETokenizer\.load"):
        load_tokenizer(path)
    for content, message in {
        whole[:-20]: "not a JSON file, or was cut off",
        "[]": "was not written by BPETokenizer.save",
        rust.to_str(): "was not written by BPETokenizer.save",
        whole.replace('"merges"', '"merge"'): "is damaged: 'merges'",
        whole.replace("[[", "[[9999, 1], ["): "is damaged: merge 0 joins the ids 9999 and 1",
        whole.replace("ll|ve|re", "ll|ve"): "another pattern",
    }.items():
        path.write_text(content)
        with pytest.raises(ValueError, match=message):
            BPETokenizer.load(path)
    path.write_text(rust.to_str()[:-20])
    with pytest.raises(ValueError, match="cut off"):
        load_tokenizer(path)
    path.write_text('{"model": 3}')
    with pytest.raises(ValueError, match="is damaged"):
        load_tokenizer(path)
    with pytest.raises(FileNotFoundError):
        load_tokenizer(tmp_path / "nowhere.json")


# The three libraries agree


def test_the_rust_trainer_learns_our_merges() -> None:
    texts = [text.replace(END_OF_TEXT, "") for text in TEXTS]
    assert merges_of(train_tokenizer(texts, SIZE)) == list(BPETokenizer.train(texts, SIZE).merges)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.lists(settled_text, max_size=6), st.integers(1, 3), st.integers(257, 330))
def test_the_rust_trainer_breaks_ties_as_ours(texts: list[str], min_frequency: int, vocab_size: int) -> None:
    texts = [*texts, "a b"]
    ours = BPETokenizer.train(texts, vocab_size, min_frequency=min_frequency)
    assert merges_of(train_tokenizer(texts, vocab_size, min_frequency)) == list(ours.merges)


def test_the_rust_trainer_learns_our_merges_from_random_words() -> None:
    draw = random.Random(0)
    text = " ".join("".join(draw.choices("abcdefgh", k=draw.randint(1, 7))) for _ in range(3_000))
    ours = BPETokenizer.train([text], 900)
    assert merges_of(train_tokenizer([text], 900)) == list(ours.merges)
    assert ours.vocab_size == 900


def test_the_rust_trainer_learns_from_special_tokens_and_ours_does_not() -> None:
    texts = ["<|endoftext|>"] * 5 + ["abab"]
    assert BPETokenizer.train(texts, 300).tokens[257:] == [b"ab"]
    assert train_tokenizer(texts, 300).token_to_id("endoftext") is not None


@given(text=any_text | dense_text)
@example(text="سلام دنیا")
@example(text="👩‍👩‍👧 🙂" * 3)
@example(text="a" * 50 + " " * 50)
def test_ids_are_identical(twin: BPETokenizer, rust: Tokenizer, openai: tiktoken.Encoding, text: str) -> None:
    text = text.replace(END_OF_TEXT, "")
    ids = plain_ids(rust, text)
    assert openai.encode_ordinary(text) == ids
    assert twin.encode(text) == ids
    assert rust.decode(ids) == openai.decode(ids) == text


@given(text=st.lists(dense_text | st.just(END_OF_TEXT)).map("".join))
def test_special_tokens_in_the_text_give_identical_ids(
    twin: BPETokenizer, rust: Tokenizer, openai: tiktoken.Encoding, text: str
) -> None:
    ids = plain_ids(rust, text)  # recognises special tokens always
    assert twin.encode(text, allowed_special="all") == ids
    assert openai.encode(text, allowed_special="all") == ids


@given(ids=st.lists(st.integers(0, SIZE - 1), max_size=12))
def test_any_ids_decode_to_the_same_text(
    twin: BPETokenizer, rust: Tokenizer, openai: tiktoken.Encoding, ids: list[int]
) -> None:
    text = openai.decode(ids)
    assert twin.decode(ids) == text
    assert rust.decode(ids, skip_special_tokens=False) == text


def test_our_tokenizer_becomes_a_tiktoken_encoding(ours: BPETokenizer) -> None:
    encoding = to_tiktoken(ours)
    assert encoding.n_vocab == SIZE
    assert encoding.eot_token == 0
    for text in TEXTS:
        assert encoding.encode_ordinary(text) == ours.encode(text)


def test_the_template_puts_end_of_text_first(rust: Tokenizer) -> None:
    ids = plain_ids(rust, "Once upon")
    assert rust.encode("Once upon").ids == [0, *ids]
    assert rust.encode("Once", "upon").ids == [0, *plain_ids(rust, "Once"), 0, *plain_ids(rust, "upon")]


def test_the_rust_library_drops_special_tokens_when_it_decodes(rust: Tokenizer) -> None:
    ids = rust.encode("Once upon").ids
    assert rust.decode(ids) == "Once upon"
    assert rust.decode(ids, skip_special_tokens=False) == "<|endoftext|>Once upon"


def byte_level(**trainer_options: object) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    options = {"initial_alphabet": pre_tokenizers.ByteLevel.alphabet(), "vocab_size": 300} | trainer_options
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(show_progress=False, **options))
    return tokenizer


def test_tokenizers_that_tiktoken_cannot_follow_are_refused() -> None:
    with pytest.raises(TypeError, match="got str"):
        to_tiktoken("gpt2")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="of the 256 bytes have no token"):
        to_tiktoken(byte_level(initial_alphabet=[]))
    other_words = byte_level()
    other_words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    with pytest.raises(ValueError, match="words are cut by ByteLevel"):
        to_tiktoken(other_words)
    normalized = byte_level()
    normalized.normalizer = normalizers.Lowercase()
    with pytest.raises(ValueError, match="it has no normalizer"):
        to_tiktoken(normalized)
    with pytest.raises(ValueError, match="its model is BPE"):
        to_tiktoken(Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))


def test_ids_that_do_not_follow_the_merges_are_refused() -> None:
    description = json.loads(byte_level().to_str())
    description["model"]["merges"].reverse()
    with pytest.raises(ValueError, match="do not follow the order of the merges"):
        to_tiktoken(Tokenizer.from_str(json.dumps(description)))


@given(any_text | dense_text)
def test_the_pattern_given_to_tiktoken_cuts_the_same_words(text: str) -> None:
    assert regex.findall(to_tiktoken(BPETokenizer([]))._pat_str, text) == regex.findall(GPT2_PATTERN, text)


def test_public_names_are_there() -> None:
    assert all(hasattr(tokenization, name) for name in tokenization.__all__)


@pytest.mark.parametrize(
    "run", ["-" * 200_000, " " * 1_200_000 + "y", "ab" * 6_000], ids=["signs", "spaces", "letters"]
)
def test_an_endless_word_in_a_list_is_named_before_the_library_works_on_it_for_minutes(run):
    start = time.process_time()
    with pytest.raises(ValueError, match=r"text 2: [\d,]+ characters in a row that are one word to a tokenizer"):
        train_tokenizer(["once upon", "a time", f"there was {run}"], SIZE)
    assert time.process_time() - start < 3


def test_our_own_training_takes_an_endless_word_in_a_time_that_grows_with_it():
    start = time.process_time()
    BPETokenizer.train(["once upon a time", "-" * 400_000], SIZE)
    assert time.process_time() - start < 10
