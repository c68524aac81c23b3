import json

import numpy as np
import pytest

from course_lib.data import open_tokens
from course_lib.tokenization import load_tokenizer
from course_tools.cli import main
from course_tools.own_model.prepare import prepare


@pytest.fixture
def stories(tmp_path):
    """A file of 400 short stories."""
    path = tmp_path / "stories.jsonl"
    texts = [f"Lily had {number} apples. She gave one to Tom and was happy." for number in range(400)]
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    return path


def test_a_tokenizer_and_both_splits_are_written(stories, tmp_path):
    folder = tmp_path / "new" / "folder"
    prepared = prepare(folder, source=str(stories), vocab_size=300)
    assert sorted(path.name for path in folder.iterdir()) == [
        "tokenizer.json",
        "train.bin",
        "train.bin.json",
        "validation.bin",
        "validation.bin.json",
    ]
    assert load_tokenizer(prepared.tokenizer).get_vocab_size() == 300
    assert prepared.train.header.stories + prepared.validation.header.stories == 400
    assert prepared.train.header.stories > prepared.validation.header.stories > 0


def test_the_token_files_belong_to_the_tokenizer_and_give_the_stories_back(stories, tmp_path):
    prepare(tmp_path / "out", source=str(stories), vocab_size=300)
    tokenizer = load_tokenizer(tmp_path / "out" / "tokenizer.json")
    texts = [
        text
        for split in ("train", "validation")
        for text in tokenizer.decode(
            np.asarray(open_tokens(tmp_path / "out" / f"{split}.bin", tokenizer).tokens).tolist(),
            skip_special_tokens=False,
        ).split("<|endoftext|>")[1:]
    ]
    assert sorted(texts) == sorted(json.loads(line)["text"] for line in stories.read_text().splitlines())


def test_the_tokenizer_learns_from_the_training_stories_alone(tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    (folder / "train.txt").write_text("abab abab abab abab abab", encoding="utf-8")
    (folder / "validation.txt").write_text("xyxy xyxy xyxy xyxy xyxy", encoding="utf-8")
    prepared = prepare(tmp_path / "out", source=str(folder), vocab_size=300)
    vocabulary = load_tokenizer(prepared.tokenizer).get_vocab()
    assert "abab" in vocabulary
    assert "xy" not in vocabulary


def test_n_takes_the_first_stories_of_each_split(stories, tmp_path):
    prepared = prepare(tmp_path / "out", source=str(stories), n=7, vocab_size=300)
    assert (prepared.train.header.stories, prepared.validation.header.stories) == (7, 7)


def test_it_says_what_it_wrote(stories, tmp_path, capsys):
    assert main(["data", "--out", str(tmp_path / "out"), "--stories", str(stories), "--vocab-size", "300"]) == 0
    tokenizer, train, validation = capsys.readouterr().out.splitlines()
    assert tokenizer == f"{tmp_path / 'out' / 'tokenizer.json'}  300 tokens in the vocabulary"
    assert train.startswith(f"{tmp_path / 'out' / 'train.bin'}  ")
    assert " stories, " in train
    assert validation.endswith(" MB")


def test_where_there_are_no_stories_nothing_is_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        prepare(tmp_path / "out", source=str(tmp_path / "none.jsonl"))
    assert not (tmp_path / "out").exists()


def test_a_vocabulary_that_is_too_small_is_refused_before_anything_is_written(stories, tmp_path):
    with pytest.raises(ValueError, match="vocab"):
        prepare(tmp_path / "out", source=str(stories), vocab_size=10)
    assert not (tmp_path / "out").exists()
