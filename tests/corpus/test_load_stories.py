"""One door to every source: the box, files, folders, the hub; and what is said when a source cannot be had."""

import hashlib
import json
import math
import os
import re
import time
from collections import Counter
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from course_lib.corpus import hub, load_stories, score
from course_lib.corpus.wild import ACCIDENTS, UNHARMED

TEXTS = [f"Story number {number}.\n\nIt has two paragraphs." for number in range(200)]


def write(path: Path, texts: list[str]) -> Path:
    """A file of stories in the format that its name says."""
    if path.suffix == ".txt":
        path.write_text("\n<|endoftext|>\n".join(texts) + "\n<|endoftext|>\n", encoding="utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    else:
        pq.write_table(pa.table({"text": texts}), path)
    return path


@pytest.mark.parametrize("name", ["stories.txt", "stories.jsonl", "stories.parquet"])
def test_a_file_gives_its_stories_in_order_and_holds_some_out(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, TEXTS)
    train, validation = (load_stories(path, split=split)["text"] for split in ("train", "validation"))
    assert sorted([*train, *validation]) == sorted(TEXTS)
    assert 0 < len(validation) < 30
    assert list(train) == [text for text in TEXTS if text in set(train)]


def test_the_held_out_stories_do_not_depend_on_the_format(tmp_path: Path) -> None:
    held_out = {
        tuple(load_stories(write(tmp_path / name, TEXTS), split="validation")["text"])
        for name in ("a.txt", "a.jsonl", "a.parquet")
    }
    assert len(held_out) == 1


def test_where_nothing_is_held_out_it_says_of_how_many_texts_and_how_a_file_is_cut(tmp_path: Path) -> None:
    few = [text for text in TEXTS if text in set(load_stories(write(tmp_path / "all.jsonl", TEXTS))["text"])][:2]
    told = r"none of the 6 stories in .* \(2 different ones\) belongs to 'validation'.*Use more texts, or a folder"
    with pytest.raises(ValueError, match=told):
        load_stories(write(tmp_path / "few.jsonl", few * 3), split="validation")
    one = write(tmp_path / "few.txt", few[:1])
    with pytest.raises(ValueError, match=r"none of the 1 stories.*In a \.txt file a blank line stands between two"):
        load_stories(one, split="validation")


def test_a_folder_with_files_named_for_the_splits_keeps_them(tmp_path: Path) -> None:
    write(tmp_path / "TinyStoriesV2-GPT4-train.txt", TEXTS[:150])
    write(tmp_path / "TinyStoriesV2-GPT4-valid.txt", TEXTS[150:])
    assert list(load_stories(tmp_path, split="train")["text"]) == TEXTS[:150]
    assert list(load_stories(str(tmp_path), split="validation")["text"]) == TEXTS[150:]


def test_n_is_at_most(tmp_path: Path) -> None:
    path = write(tmp_path / "few.jsonl", TEXTS[:10])
    assert len(load_stories(path, n=3)) == 3
    assert len(load_stories(path, n=999)) <= 10


def test_the_box_is_the_default_and_the_environment_may_choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_STORIES", raising=False)
    assert load_stories(n=2)["text"] == load_stories("sample", n=2)["text"]
    monkeypatch.setenv("COURSE_STORIES", str(write(tmp_path / "mine.jsonl", TEXTS)))
    assert load_stories(n=1)["text"][0] in TEXTS
    assert load_stories("sample", n=1)["text"][0] not in TEXTS  # a source that is named wins


def test_every_source_is_a_dataset_with_the_column_text(tmp_path: Path) -> None:
    for source in ("sample", write(tmp_path / "a.parquet", TEXTS)):
        stories = load_stories(source, n=5)
        assert isinstance(stories, datasets.Dataset)
        assert "text" in stories.column_names


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"split": "test"}, ValueError, "train and validation"),
        ({"n": 0}, ValueError, "got 0"),
        ({"n": True}, ValueError, "got True"),
        ({"source": "tinystorys"}, FileNotFoundError, 'Did you mean "tinystories"'),
        ({"source": "/nowhere/stories.jsonl"}, FileNotFoundError, "no file, folder or source"),
    ],
)
def test_bad_requests_name_the_value_and_the_remedy(options: dict, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        load_stories(**options)


def test_files_that_cannot_be_used_are_named_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"text": "ok"}\n{"text": \n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.jsonl.*2"):
        load_stories(tmp_path / "broken.jsonl")
    (tmp_path / "other.jsonl").write_text('{"story": "ok"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="story"):
        load_stories(tmp_path / "other.jsonl")
    pq.write_table(pa.table({"body": TEXTS}), tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="body"):
        load_stories(tmp_path / "other.parquet")
    (tmp_path / "latin.txt").write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(ValueError, match="UTF-8"):
        load_stories(tmp_path / "latin.txt")
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="empty"):
        load_stories(tmp_path / "empty.txt")
    (tmp_path / "stories.pdf").write_bytes(b"%PDF")
    with pytest.raises(ValueError, match=r"\.jsonl"):
        load_stories(tmp_path / "stories.pdf")


RUNS = {"-" * 200_000: "'----------", "x" + " " * 1_200_000 + "y": "'          ", "a b " + "ab" * 6_000: "'abab"}


@pytest.mark.parametrize("suffix", [".txt", ".jsonl", ".parquet"])
@pytest.mark.parametrize("text", list(RUNS), ids=["signs", "spaces", "letters"])
def test_one_endless_word_is_named_with_its_place_in_seconds(tmp_path: Path, suffix: str, text: str) -> None:
    path = write(tmp_path / f"stories{suffix}", ["one", "two", text])
    start = time.process_time()
    place = {".txt": "line 5", ".jsonl": "line 3", ".parquet": "row 3"}[suffix]
    with pytest.raises(
        ValueError, match=rf"stories\{suffix}, {place}: .* in a row .*{re.escape(RUNS[text])}.* shorten"
    ):
        load_stories(path)
    assert time.process_time() - start < 3


def test_half_a_surrogate_pair_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"text": "ok"}\n{"text": "broken \\ud83d here"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"s\.jsonl, line 2: half a surrogate pair, '\\ud83d', at character 8"):
        load_stories(tmp_path / "s.jsonl")


def test_bytes_that_are_no_text_are_named_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_bytes("Once\n\nupon a time".encode("utf-16-le"))
    with pytest.raises(ValueError, match=r"s\.txt, line 1: a zero byte, .* save the file as UTF-8"):
        load_stories(tmp_path / "s.txt")
    column = pa.array([b"fine", b"caf\xe9"], pa.binary()).view(pa.binary())
    table = pa.table({"text": pa.Array.from_buffers(pa.string(), 2, column.buffers())})
    pq.write_table(table, tmp_path / "s.parquet")
    with pytest.raises(ValueError, match=r"s\.parquet, row 2: not UTF-8 text"):
        load_stories(tmp_path / "s.parquet")


def test_a_mark_ends_a_story_wherever_it_stands(tmp_path: Path) -> None:
    text = "One.<|endoftext|>Two\n\nhas two paragraphs.\n<|endoftext|>\n<|endoftext|>Three.<|endoftext|> \n"
    (tmp_path / "train.txt").write_text(text, encoding="utf-8")
    write(tmp_path / "validation.txt", ["Four."])
    assert list(load_stories(tmp_path)["text"]) == ["One.", "Two\n\nhas two paragraphs.", "Three."]


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", TEXTS)
    write(tmp_path / "validation.jsonl", TEXTS[:3])
    for name in ("._train.jsonl", ".hidden.parquet", "._validation.jsonl"):
        (tmp_path / name).write_bytes(b"\0\5\26\7\0Mac OS X\260\260")
    assert list(load_stories(tmp_path)["text"]) == TEXTS
    assert len(load_stories(tmp_path, "validation")) == 3


@pytest.mark.parametrize("suffix", [".txt", ".jsonl", ".parquet"])
def test_stories_of_nothing_are_left_out_in_every_format(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"train{suffix}", ["one", "", " \n ", "two"])
    write(tmp_path / f"validation{suffix}", ["three"])
    assert list(load_stories(tmp_path)["text"]) == ["one", "two"]


# The hub's code, on local files of the same schema


@pytest.mark.parametrize("n", [None, 7])
def test_what_the_hub_has_is_loaded_whole_or_streamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int | None
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    files = {
        "train": str(write(tmp_path / "train-00000-of-00001.parquet", TEXTS[:150])),
        "validation": str(write(tmp_path / "validation-00000-of-00001.parquet", TEXTS[150:])),
    }
    for split, texts in (("train", TEXTS[:150]), ("validation", TEXTS[150:])):
        loaded = hub.load("parquet", split, n, data_files=files)
        assert list(loaded["text"]) == texts[:n]
        assert loaded.column_names == ["text"]


def test_a_copy_in_the_cache_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "train.parquet", TEXTS)
    parquet = type(datasets.load_dataset_builder("parquet", data_files={"train": str(file)}))
    builder = parquet(
        cache_dir=str(tmp_path / "other"), dataset_name="tiny_stories", data_files={"train": str(file)}, hash="abc"
    )
    # The folder that `datasets` gives to roneneldan/TinyStories.
    builder.download_and_prepare(str(tmp_path / "cache" / "roneneldan___tiny_stories" / "default" / "0.0.0" / "abc"))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens there, on any machine
    assert list(load_stories("tinystories", n=3)["text"]) == TEXTS[:3]


def test_without_network_the_hub_is_refused_within_seconds_and_the_box_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens there, on any machine
    start = time.monotonic()
    with pytest.raises(ConnectionError, match=r'load_stories\("sample"\)'):
        load_stories("tinystories", n=1)
    assert time.monotonic() - start < 20


# Told once, and after an accident


def test_many_stories_are_told_once_and_then_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("course_lib.corpus.told.KEPT_FROM", 50)
    first = load_stories("sample", n=60)
    monkeypatch.setattr("course_lib.corpus.told.generate", lambda split: iter(()))  # nothing more can be told
    again = load_stories("sample", n=60)
    assert again["text"] == first["text"]
    assert again["log_probability"] == first["log_probability"]
    assert len(list((tmp_path / "course-stories").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"PAR1 cut off", None], ids=["empty", "cut off", "another table"])
def test_a_kept_file_that_cannot_be_used_is_told_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("course_lib.corpus.told.KEPT_FROM", 50)
    first = load_stories("sample", n=60)["text"]
    (kept,) = (tmp_path / "course-stories").iterdir()
    if content is None:
        pq.write_table(pa.table({"text": ["x"]}), kept)
    else:
        kept.write_bytes(content)
    assert load_stories("sample", n=60)["text"] == first
    assert pq.read_table(kept).num_rows == 60


def test_where_nothing_can_be_kept_stories_are_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("course_lib.corpus.told.KEPT_FROM", 50)
    assert len(load_stories("sample", n=60)) == 60


def test_without_any_home_stories_are_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("COURSE_CACHE", "HF_DATASETS_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "expanduser", no_home)
    monkeypatch.setattr("course_lib.corpus.told.KEPT_FROM", 50)
    assert len(load_stories("sample", n=60)) == 60


def test_of_what_other_versions_told_only_the_newest_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("course_lib.corpus.told.KEPT_FROM", 50)
    folder = tmp_path / "course-stories"
    load_stories("sample", n=50)
    (ours,) = folder.iterdir()
    for age in range(6):
        old = folder / f"train-50-{age:016x}.parquet"
        old.touch()
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    load_stories("sample", n=60)
    names = {path.name for path in folder.iterdir()}
    assert {f"train-50-{age:016x}.parquet" for age in range(4)} < names
    assert ours.name in names
    assert len(names) == 4 + 2


def test_accidents_befall_stories_at_their_rates_and_are_marked() -> None:
    n = 4_000
    found = load_stories("wild", n=n)
    counts = Counter(found["accident"])
    assert set(counts) == {UNHARMED, *ACCIDENTS}
    for accident, share in ACCIDENTS.items():
        assert abs(counts[accident] - n * share) < 5 * math.sqrt(n * share)  # five deviations


def test_each_accident_does_what_its_name_says() -> None:
    found = load_stories("wild", n=2_000)
    sound = load_stories("sample", n=2_000)["text"]
    seen: set[str] = set()
    for number, (text, accident) in enumerate(zip(found["text"], found["accident"], strict=True)):
        before = sound[number]
        if accident == UNHARMED:
            assert text == before
        elif accident == "wrong decoding":
            assert "â€" in text
            assert text.encode("cp1252", errors="ignore") != before.encode()
        elif accident == "repeated":
            assert text in seen
        elif accident == "cut off":
            assert before.startswith(text)
            assert len(text) < len(before)
        elif accident == "empty":
            assert not text.strip()
        elif accident == "markup":
            assert re.search(r"<|&|\||\[image", text)
        else:
            assert score(text) is None
        seen.add(before)


def test_accidents_are_the_same_on_every_machine() -> None:
    text = "\x00".join(load_stories("wild", n=300)["text"])
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "f792879d79157245dd3fa8b9372f67b7a2cf634014ba1a8c02ff063a884f99b0"
    )
