"""The tokenizer beside a checkpoint gives the ids and the text that `transformers`' gives from the same files."""

import json
from pathlib import Path

import pytest
import transformers
from tokenizers import Tokenizer

from course_lib import pretrained
from course_lib.corpus import load_stories
from course_lib.tokenization import load_tokenizer, train_tokenizer

TEXTS = [
    "Once upon a time, there was a dog.",
    "  Two  spaces,\nlines\n\nand\ttabs ",
    "It's 2024! “Quotes” — naïve café 🐉 好",
    "The end.<|endoftext|>Another story.",
    "",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tokenizer.json, vocab.json and merges.txt of a byte-level BPE with GPT-2's end of text, trained on stories."""
    folder = tmp_path_factory.mktemp("tokenizer")
    stories = load_stories("sample", n=200)["text"]
    trained = transformers.GPT2TokenizerFast(tokenizer_object=train_tokenizer(list(stories), vocab_size=600))
    trained.save_pretrained(folder)
    trained.backend_tokenizer.model.save(str(folder))
    return folder


def test_tokenizer_json_is_read_as_it_is(files: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((files / "tokenizer.json").read_bytes())
    ours = pretrained.load_tokenizer(tmp_path)
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(files / "tokenizer.json"))
    for text in TEXTS:
        assert ours.encode(text).ids == theirs(text)["input_ids"]
        ids = ours.encode(text, add_special_tokens=False).ids
        assert ours.decode(ids, skip_special_tokens=False) == text


def test_vocabulary_and_merges_give_gpt2s_tokenizer(files: Path, tmp_path: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    ours = pretrained.load_tokenizer(tmp_path)
    theirs = transformers.GPT2Tokenizer.from_pretrained(tmp_path)
    assert isinstance(ours, Tokenizer)
    for text in TEXTS:
        assert ours.encode(text).ids == theirs(text)["input_ids"]
        assert ours.decode(ours.encode(text).ids, skip_special_tokens=False) == text
    end = ours.token_to_id("<|endoftext|>")
    assert ours.encode(TEXTS[3]).ids.count(end) == 1


END = {"content": "<|endoftext|>", "special": True, "normalized": False, "lstrip": False, "rstrip": False}
USER = {"content": "<user>", "special": True, "normalized": False, "lstrip": False, "rstrip": False}
DOG = {"content": "dog", "special": False, "normalized": True, "lstrip": True, "rstrip": False}


@pytest.mark.parametrize(
    "beside",
    [
        {"tokenizer_config.json": {"add_prefix_space": True}},
        {"tokenizer_config.json": {"added_tokens_decoder": {"0": END, "600": USER, "601": DOG}}},
        {"added_tokens.json": {"<user>": 600, "<system>": 601}},
        {"special_tokens_map.json": {"pad_token": "<pad>", "eos_token": "<|endoftext|>"}},
        {"tokenizer_config.json": {"bos_token": "<s>", "eos_token": "<|endoftext|>"}},
    ],
)
def test_what_lies_beside_a_vocabulary_is_heeded(files: Path, tmp_path: Path, beside: dict) -> None:
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    for name, content in beside.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    ours, theirs = pretrained.load_tokenizer(tmp_path), transformers.GPT2Tokenizer.from_pretrained(tmp_path)
    for text in [*TEXTS, "<user> a dog <pad><system> dogs <s>"]:
        assert ours.encode(text).ids == theirs(text)["input_ids"], text


def test_a_beginning_is_put_before_a_text_where_the_settings_say_so(files: Path, tmp_path: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    settings = {"add_bos_token": True, "bos_token": "<|endoftext|>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    ours = pretrained.load_tokenizer(tmp_path)
    bare = ours.encode(TEXTS[0], add_special_tokens=False).ids
    assert ours.encode(TEXTS[0]).ids == [ours.token_to_id("<|endoftext|>"), *bare]


def test_a_number_that_an_added_token_cannot_have_is_refused(files: Path, tmp_path: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    (tmp_path / "added_tokens.json").write_text('{"<user>": 700}', encoding="utf-8")
    with pytest.raises(ValueError, match="gives the added token '<user>' the number 700"):
        pretrained.load_tokenizer(tmp_path)


def test_cutting_and_padding_that_a_file_was_saved_with_are_left_aside(files: Path, tmp_path: Path) -> None:
    saved = Tokenizer.from_file(str(files / "tokenizer.json"))
    whole = saved.encode(TEXTS[0]).ids
    saved.enable_truncation(max_length=3)
    saved.enable_padding(length=40)
    saved.save(str(tmp_path / "tokenizer.json"))
    for load in (pretrained.load_tokenizer, lambda folder: load_tokenizer(folder / "tokenizer.json")):
        assert load(tmp_path).encode(TEXTS[0]).ids == whole


def test_no_tokenizer_says_where_one_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no tokenizer .*load_tokenizer\('EleutherAI/gpt-neo-125M'\)"):
        pretrained.load_tokenizer(tmp_path)


def test_a_vocabulary_without_merges_is_no_tokenizer(files: Path, tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_bytes((files / "vocab.json").read_bytes())
    with pytest.raises(FileNotFoundError, match=r"has no tokenizer \(tokenizer.json, or vocab.json and merges.txt\)"):
        pretrained.load_tokenizer(tmp_path)


@pytest.mark.parametrize(("name", "text"), [("tokenizer.json", "{"), ("tokenizer.json", "{}"), ("vocab.json", "[]")])
def test_a_damaged_tokenizer_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{name} cannot be read as a tokenizer .*download it again"):
        pretrained.load_tokenizer(tmp_path)
