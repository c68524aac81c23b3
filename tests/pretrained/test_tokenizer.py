"""The tokenizer beside a checkpoint gives the ids and the text that `transformers`' gives from the same files."""

from pathlib import Path

import pytest
import transformers
from tokenizers import Tokenizer

from course_lib import pretrained
from course_lib.corpus import load_stories
from course_lib.tokenization import train_tokenizer

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
