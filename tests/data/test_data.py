"""Token files, windows and batches: what is written is what is read, nothing is lost, and errors say what to do."""

import json
import os
import pickle
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import datasets
import numpy as np
import pytest
import tiktoken
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from course_lib import data
from course_lib.data import token_writer
from course_lib.tokenization import END_OF_TEXT, BPETokenizer, to_tiktoken, train_tokenizer

STORIES = [
    "Lily lost her red ball. She looked under the bed, and there it was!",
    "Tom and Sam shared a cake.\n\nThen they played until it was dark.",
    'The cat said, "I\'m sorry." The dog said, "It\'s all right." They hugged.',
    "Ein Märchen: دخترک توپش را پیدا کرد 🎈",
]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(STORIES * 3, vocab_size=320)


@pytest.fixture
def written(tokenizer, tmp_path):
    file = data.write_tokens(STORIES, tokenizer, tmp_path / "stories.bin", num_proc=1)
    # Its tokens as a copy, since Windows lets nobody replace or cut a file that is mapped.
    return data.TokenFile(file.path, file.header, np.array(file.tokens))


def header_of(path: Path) -> dict:
    return json.loads(path.with_name(path.name + ".json").read_text())


def change_header(path: Path, **values) -> None:
    path.with_name(path.name + ".json").write_text(json.dumps(header_of(path) | values))


# ---------------------------------------------------------------------------------------------- writing


def test_a_token_file_is_the_stories_ids_with_end_of_text_before_each(written, tokenizer):
    end_of_text = tokenizer.token_to_id(END_OF_TEXT)
    expected = []
    for story in STORIES:
        expected += [end_of_text, *tokenizer.encode(story, add_special_tokens=False).ids]
    assert written.tokens.tolist() == expected
    assert written.tokens.dtype == np.uint16
    assert written.header.stories == len(STORIES)
    assert written.header.count == len(written) == len(expected)
    assert written.header.end_of_text == end_of_text
    assert written.header.vocab_size == tokenizer.get_vocab_size()


def test_a_token_file_is_what_the_tokenizers_template_gives_story_by_story(written, tokenizer):
    assert written.tokens.tolist() == [token for story in STORIES for token in tokenizer.encode(story).ids]


def test_a_token_file_decodes_to_the_stories(written, tokenizer):
    assert to_tiktoken(tokenizer).decode(written.tokens.tolist()) == "".join(END_OF_TEXT + story for story in STORIES)


@settings(max_examples=60, deadline=None)
@given(stories=st.lists(ANY_TEXT, min_size=1, max_size=12))
def test_any_stories_survive_the_file(stories, tokenizer, tmp_path_factory):
    file = data.write_tokens(stories, tokenizer, tmp_path_factory.mktemp("any") / "s.bin", num_proc=1)
    pieces = np.split(file.tokens, np.flatnonzero(file.tokens == file.header.end_of_text))
    assert len(pieces[0]) == 0  # nothing stands before the first separator
    encoding = to_tiktoken(tokenizer)
    assert [encoding.decode(piece[1:].tolist()) for piece in pieces[1:]] == stories


def test_the_separators_characters_inside_a_story_are_text_and_no_separator(tokenizer, tmp_path):
    stories = [f"She typed {END_OF_TEXT} and laughed.", "The end."]
    file = data.write_tokens(stories, tokenizer, tmp_path / "s.bin")
    assert Counter(file.tokens.tolist())[file.header.end_of_text] == 2
    assert to_tiktoken(tokenizer).decode(file.tokens.tolist()) == END_OF_TEXT + stories[0] + END_OF_TEXT + stories[1]


def test_all_three_kinds_of_tokenizer_write_the_same_bytes(tmp_path):
    ours = BPETokenizer.train(STORIES * 3, vocab_size=320)
    rust = train_tokenizer(STORIES * 3, vocab_size=320)
    digests = {
        data.write_tokens(STORIES, tokenizer, tmp_path / "s.bin").header.sha256
        for tokenizer in (ours, rust, to_tiktoken(rust))
    }
    assert len(digests) == 1
    assert data.fingerprint(ours) == data.fingerprint(rust) == data.fingerprint(to_tiktoken(rust))


@pytest.mark.parametrize("num_proc", [2, 3, 8])
def test_any_number_of_cores_writes_the_same_bytes(tokenizer, tmp_path, num_proc, monkeypatch):
    monkeypatch.setattr(token_writer, "CHUNK_CHARACTERS", 500)  # so that there are many chunks to mix up
    stories = [f"{STORIES[i % 4]} {i}" for i in range(400)]
    one = data.write_tokens(stories, tokenizer, tmp_path / "one.bin", num_proc=1)
    several = data.write_tokens(stories, tokenizer, tmp_path / "several.bin", num_proc=num_proc)
    assert one.path.read_bytes() == several.path.read_bytes()
    assert header_of(one.path) == header_of(several.path)


@pytest.mark.parametrize(
    "source",
    [
        STORIES,
        (story for story in STORIES),
        datasets.Dataset.from_dict({"text": STORIES}),
        datasets.Dataset.from_dict({"number": [1, 2, 3, 4], "text": STORIES}).with_format("torch"),
        datasets.Dataset.from_dict({"text": STORIES}).to_iterable_dataset(),
    ],
    ids=["list", "generator", "dataset", "dataset with more columns and a format", "streamed dataset"],
)
def test_stories_may_come_from_anywhere(source, written, tokenizer, tmp_path):
    assert data.write_tokens(source, tokenizer, tmp_path / "s.bin").header == written.header


@pytest.mark.parametrize(
    ("stories", "error", "message"),
    [
        ("one story", TypeError, r"stories is one string; give a list"),
        (["fine", None], TypeError, r"story 1 is not text but NoneType"),
        ([], ValueError, r"there are no stories"),
        (["fine", "half \ud83d"], ValueError, r"story 1 is not valid Unicode.*surrogatepass"),
        (datasets.Dataset.from_dict({"story": ["a"]}), ValueError, r"must have the column 'text', it has story"),
    ],
)
def test_what_is_no_story_is_refused_and_leaves_nothing_behind(stories, error, message, tokenizer, tmp_path):
    with pytest.raises(error, match=message):
        data.write_tokens(stories, tokenizer, tmp_path / "s.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_story_is_named_by_its_number_in_whichever_chunk_it_is(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(token_writer, "CHUNK_CHARACTERS", 100)
    with pytest.raises(ValueError, match="story 50 is not valid Unicode"):
        data.write_tokens([*STORIES * 12, "fine", "fine", "half \ud83d"], tokenizer, tmp_path / "s.bin", num_proc=2)


def encoding_of(vocab_size: int) -> tiktoken.Encoding:
    """The 256 bytes, and special tokens up to the vocabulary's size."""
    ranks = {bytes([byte]): byte for byte in range(256)}
    return tiktoken.Encoding("big", pat_str=".", mergeable_ranks=ranks, special_tokens={END_OF_TEXT: vocab_size - 1})


def test_a_vocabulary_that_overflows_two_bytes_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"vocabulary of 65,537 does not fit uint16, whose largest number is 65,535"):
        data.write_tokens(["a"], encoding_of(65_537), tmp_path / "s.bin")
    assert list(tmp_path.iterdir()) == []


def test_the_largest_vocabulary_that_fits_two_bytes_keeps_its_last_id(tmp_path):
    file = data.write_tokens(["a"], encoding_of(65_536), tmp_path / "s.bin")
    assert file.tokens.tolist() == [65_535, ord("a")]
    x, _ = data.TokenDataset(file, 1)[0]
    assert x.tolist() == [65_535]  # not -1, as it would be if it were read as int16


def test_a_tokenizer_without_end_of_text_is_refused(tmp_path):
    bare = tiktoken.Encoding("bare", pat_str=".", mergeable_ranks={b"a": 0, b"b": 1}, special_tokens={})
    with pytest.raises(ValueError, match=r"no special token '<\|endoftext\|>'"):
        data.write_tokens(["a"], bare, tmp_path / "s.bin")


def test_something_that_is_no_tokenizer_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"expected a tokenizers.Tokenizer.*got str"):
        data.write_tokens(["a"], "gpt2", tmp_path / "s.bin")


def test_less_than_one_core_is_refused(tokenizer, tmp_path):
    with pytest.raises(ValueError, match="num_proc must be at least 1, got 0"):
        data.write_tokens(STORIES, tokenizer, tmp_path / "s.bin", num_proc=0)


# ---------------------------------------------------------------------------------------------- interruption

WRITE_FOR_EVER = """
import itertools, sys
from course_lib import data
from course_lib.tokenization import train_tokenizer
stories = {stories!a}
data.write_tokens(itertools.cycle(stories), train_tokenizer(stories * 3, vocab_size=320), sys.argv[1], num_proc=2)
"""


def test_a_write_that_is_killed_leaves_the_old_file_as_it_was(written, tokenizer):
    old_bytes, old_header = written.path.read_bytes(), header_of(written.path)
    script = WRITE_FOR_EVER.format(stories=STORIES)
    writer = subprocess.Popen([sys.executable, "-c", script, str(written.path)], env=os.environ | {"COURSE_QUIET": "1"})
    folder = written.path.parent
    try:
        wait_until(lambda: any(part.stat().st_size > 1_000_000 for part in folder.glob("*.part")), while_running=writer)
    finally:
        writer.kill()
        writer.wait()
    assert list(folder.glob("*.part"))  # it was killed in the middle of writing
    assert written.path.read_bytes() == old_bytes
    assert header_of(written.path) == old_header
    assert data.open_tokens(written.path, tokenizer).tokens.tolist() == written.tokens.tolist()


def wait_until(condition, *, while_running: subprocess.Popen, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert while_running.poll() is None, "the writer ended by itself"
        assert time.monotonic() < deadline, "the writer wrote nothing"
        time.sleep(0.02)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(written, tokenizer, monkeypatch):
    monkeypatch.setattr(token_writer, "CHUNK_CHARACTERS", 100)
    before = {path: path.read_bytes() for path in written.path.parent.iterdir()}

    def stories_then_power_cut():
        yield from STORIES
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.write_tokens(stories_then_power_cut(), tokenizer, written.path)
    assert {path: path.read_bytes() for path in written.path.parent.iterdir()} == before


def test_a_write_cut_between_its_two_renames_is_noticed(written, tokenizer, monkeypatch):
    rename = os.replace

    def rename_tokens_only(source, target):
        if str(target).endswith(".json"):
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr("os.replace", rename_tokens_only)
    same_length = [STORIES[1], STORIES[0], *STORIES[2:]]  # so that the size alone would not tell
    with pytest.raises(KeyboardInterrupt):
        data.write_tokens(same_length, tokenizer, written.path)
    assert sorted(path.name for path in written.path.parent.iterdir()) == ["stories.bin", "stories.bin.json"]
    with pytest.raises(ValueError, match=r"not those that its header describes. Write it again"):
        data.open_tokens(written.path)


def test_a_file_that_is_in_use_and_cannot_be_replaced_is_named_with_the_remedy(written, tokenizer, monkeypatch):
    def refuse(source, target):
        raise PermissionError("the file is mapped")  # as Windows does

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(PermissionError, match=r"stories\.bin is in use.*another name"):
        data.write_tokens(["Another story."], tokenizer, written.path)
    assert data.open_tokens(written.path).header == written.header


def test_writing_again_replaces_the_file(written, tokenizer):
    file = data.write_tokens(["Another story."], tokenizer, written.path)
    assert file.header.stories == 1
    assert data.open_tokens(written.path).tokens.tolist() == tokenizer.encode("Another story.").ids


# ---------------------------------------------------------------------------------------------- refusing to open


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="write one with write_tokens"):
        data.open_tokens(tmp_path / "none.bin")


def test_a_foreign_file_without_a_header(tmp_path):
    np.arange(100, dtype=np.uint16).tofile(tmp_path / "s.bin")
    with pytest.raises(ValueError, match=r"has no header s.bin.json beside it"):
        data.open_tokens(tmp_path / "s.bin")


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"format": "course tokens 1"}', '{"format": "another"}'])
def test_a_foreign_header(written, text):
    written.path.with_name("stories.bin.json").write_text(text)
    with pytest.raises(ValueError, match=r"is not the header of a token file in the format 'course tokens 1'"):
        data.open_tokens(written.path)


def test_a_truncated_file(written):
    os.truncate(written.path, 2 * len(written) - 10)
    with pytest.raises(ValueError, match=r"has [\d,]+ bytes, but its header promises .* truncated"):
        data.open_tokens(written.path)


def test_a_file_of_another_dtype(written):
    change_header(written.path, dtype="uint32")
    with pytest.raises(ValueError, match=r"holds uint32, token files hold uint16"):
        data.open_tokens(written.path)


def test_another_file_of_the_same_size(written):
    np.zeros(len(written), dtype=np.uint16).tofile(written.path)
    with pytest.raises(ValueError, match=r"not those that its header describes"):
        data.open_tokens(written.path)
    assert len(data.open_tokens(written.path, verify=False)) == len(written)  # unless it is told not to look


def test_a_header_of_a_vocabulary_that_cannot_be(written):
    change_header(written.path, vocab_size=70_000)
    with pytest.raises(ValueError, match=r"vocabulary of 70,000; .* at most 65,536"):
        data.open_tokens(written.path)


def test_a_file_of_another_vocabulary(written):
    other = train_tokenizer(["Quite another text, with other merges."] * 3, vocab_size=300)
    with pytest.raises(ValueError, match=r"written with another vocabulary .* would decode to other text"):
        data.open_tokens(written.path, other)


def test_the_vocabulary_it_was_written_with_opens_it(written, tokenizer):
    assert data.open_tokens(written.path, tokenizer).header == written.header


# ---------------------------------------------------------------------------------------------- memory

MEMORY = """
import sys, threading, time
import psutil
from course_lib import data
from course_lib.tokenization import train_tokenizer
story = {story!r}
tokenizer = train_tokenizer([story] * 3, vocab_size=320)
process = psutil.Process()

def extra_megabytes(megabytes, num_proc):
    number = megabytes * 1_000_000 // len(story)
    peak = before = process.memory_info().rss
    done = threading.Event()
    def watch():
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)
    watcher = threading.Thread(target=watch)
    watcher.start()
    data.write_tokens((f"{{i}} {{story}}" for i in range(number)), tokenizer, sys.argv[1], num_proc=num_proc)
    done.set()
    watcher.join()
    return (peak - before) / 1e6

for num_proc in (1, 2):
    print(extra_megabytes(1, num_proc), extra_megabytes(12, num_proc))
"""


def test_the_memory_a_write_takes_does_not_grow_with_the_corpus(tmp_path):
    command = [sys.executable, "-c", MEMORY.format(story=" ".join(STORIES[:3])), str(tmp_path / "s.bin")]
    environment = os.environ | {"COURSE_QUIET": "1", "OMP_NUM_THREADS": "1"}
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    for line in told.splitlines():
        first_megabyte, twelve_more = map(float, line.split())
        assert first_megabyte < 50
        assert twelve_more < 8  # beyond what the first took; the text alone would be 12


# ---------------------------------------------------------------------------------------------- windows


def test_a_window_and_its_targets_by_hand():
    dataset = data.TokenDataset(torch.arange(10), 3)
    assert [(x.tolist(), y.tolist()) for x, y in dataset] == [
        ([0, 1, 2], [1, 2, 3]),
        ([3, 4, 5], [4, 5, 6]),
        ([6, 7, 8], [7, 8, 9]),
    ]
    assert dataset.dropped == 0


def test_windows_that_overlap_by_hand():
    dataset = data.TokenDataset(torch.arange(7), 4, stride=2)
    assert [x.tolist() for x, _ in dataset] == [[0, 1, 2, 3], [2, 3, 4, 5]]
    assert dataset.dropped == 0


@given(
    num_tokens=st.integers(2, 200),
    seq_len=st.integers(1, 40),
    overlap=st.integers(0, 39),
)
def test_every_token_is_predicted_or_counted_as_dropped(num_tokens, seq_len, overlap):
    stride = max(1, seq_len - overlap)
    tokens = torch.arange(num_tokens)
    if num_tokens < seq_len + 1:
        with pytest.raises(ValueError, match=f"need {seq_len + 1} tokens, there are {num_tokens}"):
            data.TokenDataset(tokens, seq_len, stride=stride)
        return
    dataset = data.TokenDataset(tokens, seq_len, stride=stride)
    windows = [dataset[i] for i in range(len(dataset))]
    for x, y in windows:
        assert x.shape == y.shape == (seq_len,)
        assert x.dtype == y.dtype == torch.int64
        assert torch.equal(y, x + 1)  # the tokens count upwards, so the next token is one more
    predicted = {token for _, y in windows for token in y.tolist()}
    assert predicted == set(range(1, num_tokens - dataset.dropped))
    assert 0 <= dataset.dropped < stride
    if stride == seq_len:
        assert sum(len(y) for _, y in windows) == len(predicted)  # each token once


def test_the_file_and_the_tensor_give_the_same_windows(written):
    from_file = data.TokenDataset(written.path, 16)
    from_tensor = data.TokenDataset(torch.from_numpy(written.tokens.astype(np.int64)), 16)
    assert len(from_file) == len(from_tensor) > 0
    for (x, y), (x_too, y_too) in zip(from_file, from_tensor, strict=True):
        assert torch.equal(x, x_too)
        assert torch.equal(y, y_too)


def test_windows_count_from_the_end_like_a_list_and_end_like_one():
    dataset = data.TokenDataset(torch.arange(10), 3)
    assert dataset[-1][0].tolist() == [6, 7, 8]
    with pytest.raises(IndexError, match="window 3 of 3"):
        dataset[3]


def test_the_list_of_arrays_that_everybody_passes_once():
    stories = [torch.tensor([1, 2, 3]), torch.tensor([4, 5])]
    with pytest.raises(TypeError, match=r"tokens is a list of 2 pieces.*torch.cat\(pieces\)"):
        data.TokenDataset(stories, 2)


@pytest.mark.parametrize(
    ("tokens", "seq_len", "stride", "error", "message"),
    [
        (torch.zeros(9), 2, None, TypeError, "whole numbers, got a tensor of torch.float32"),
        (torch.zeros(3, 3, dtype=torch.int64), 2, None, ValueError, r"one stream of shape \(N,\), got \(3, 3\)"),
        (b"bytes", 2, None, TypeError, "must be a path, a TokenFile or a tensor, got bytes"),
        (torch.arange(9), 0, None, ValueError, "seq_len must be at least 1, got 0"),
        (torch.arange(9), 2, 3, ValueError, "stride must be from 1 to seq_len = 2, so that no token is skipped; got 3"),
        (torch.arange(9), 2, 0, ValueError, "stride must be from 1 to seq_len = 2"),
    ],
)
def test_what_is_no_stream_of_tokens_is_refused(tokens, seq_len, stride, error, message):
    with pytest.raises(error, match=message):
        data.TokenDataset(tokens, seq_len, stride=stride)


def test_windows_may_begin_where_stories_do():
    tokens = torch.tensor([0, 1, 2, 0, 3, 0, 4, 5, 6, 0, 7, 8, 9])
    dataset = data.TokenDataset(tokens, 4, begin_with=0)
    windows = [[0, 1, 2, 0], [0, 3, 0, 4], [0, 4, 5, 6]]  # the story of 7, 8, 9 leaves its window no last target
    assert [x.tolist() for x, _ in dataset] == windows
    assert [y.tolist() for _, y in dataset] == [[1, 2, 0, 3], [3, 0, 4, 5], [4, 5, 6, 0]]
    assert dataset[-1][0].tolist() == windows[-1]
    assert dataset.dropped == 3
    loaded = [x for x, _ in data.BatchLoader(dataset, 2, shuffle=False)]
    assert torch.cat(loaded).tolist() == windows
    mixed = torch.cat([x for x, _ in data.BatchLoader(dataset, 2, seed=1)]).tolist()
    assert sorted(mixed) == sorted(windows)
    assert pickle.loads(pickle.dumps(dataset))[1][0].tolist() == windows[1]


def test_windows_at_stories_never_skip_a_token_silently():
    with pytest.raises(ValueError, match=r"up to 4 tokens, and windows of seq_len = 3.*at least 4, or no begin_with"):
        data.TokenDataset(torch.tensor([0, 1, 2, 0, 4, 5, 6, 0, 7, 8]), 3, begin_with=0)
    with pytest.raises(ValueError, match="begin_with = 9 must stand at the beginning"):
        data.TokenDataset(torch.arange(20), 3, begin_with=9)


def test_a_dataset_travels_to_a_worker_as_a_path_not_as_its_tokens(tokenizer, tmp_path):
    file = data.write_tokens(STORIES * 500, tokenizer, tmp_path / "s.bin")
    dataset = data.TokenDataset(file, 16)
    parcel = pickle.dumps(dataset)
    assert len(parcel) < 2_000 < file.path.stat().st_size
    assert torch.equal(pickle.loads(parcel)[7][1], dataset[7][1])


@given(tokens=st.lists(st.integers(0, 9), min_size=2, max_size=60), seq_len=st.integers(1, 20))
def test_windows_in_plain_tensors_are_the_datasets(tokens, seq_len):
    stream = torch.tensor(tokens)
    if data.count_windows(len(stream), seq_len) == 0:
        with pytest.raises(ValueError, match=f"needs {seq_len + 1} tokens"):
            data.make_windows(stream, seq_len)
        return
    x, y = data.make_windows(stream, seq_len)
    dataset = data.TokenDataset(stream, seq_len)
    assert torch.equal(x, torch.stack([x for x, _ in dataset]))
    assert torch.equal(y, torch.stack([y for _, y in dataset]))


def test_concatenating_puts_one_separator_before_each_story():
    assert data.concatenate_stories([[5, 6], [], [7]], 0).tolist() == [0, 5, 6, 0, 0, 7]


def test_concatenating_is_what_the_token_file_holds(written, tokenizer):
    ids = [tokenizer.encode(story, add_special_tokens=False).ids for story in STORIES]
    assert data.concatenate_stories(ids, written.header.end_of_text).tolist() == written.tokens.tolist()


def test_shift_by_one_needs_something_that_follows():
    x, y = data.shift_by_one(torch.tensor([7, 8, 9]))
    assert (x.tolist(), y.tolist()) == ([7, 8], [8, 9])
    with pytest.raises(ValueError, match="need 2 tokens, got 1"):
        data.shift_by_one(torch.tensor([7]))


@given(lengths=st.lists(st.integers(1, 500), min_size=1, max_size=50), share=st.floats(0.01, 1.0))
def test_the_chosen_length_holds_the_share_and_half_of_it_does_not(lengths, share):
    seq_len = data.choose_seq_len(lengths, share)
    assert seq_len.bit_count() == 1  # a power of two
    assert np.mean(np.array(lengths) <= seq_len) >= share
    assert seq_len == 1 or np.mean(np.array(lengths) <= seq_len // 2) < share


@pytest.mark.parametrize("share", [0.0, 1.5, 90])
def test_a_share_is_a_share_and_no_percentage(share):
    with pytest.raises(ValueError, match=r"0\.9 for nine in ten"):
        data.choose_seq_len([1, 2], share)


# ---------------------------------------------------------------------------------------------- batches


def first_tokens(batches) -> list[int]:
    return [token for x, _ in batches for token in x[:, 0].tolist()]


@settings(deadline=None)
@given(
    num_tokens=st.integers(20, 400),
    seq_len=st.integers(1, 12),
    overlap=st.integers(0, 11),
    batch_size=st.integers(1, 9),
    drop_last=st.booleans(),
)
def test_an_epoch_shows_every_window_once_and_counts_what_it_drops(num_tokens, seq_len, overlap, batch_size, drop_last):
    dataset = data.TokenDataset(torch.arange(num_tokens), seq_len, stride=max(1, seq_len - overlap))
    if drop_last and batch_size > len(dataset):
        with pytest.raises(ValueError, match="drop_last leaves no batch"):
            data.BatchLoader(dataset, batch_size, drop_last=True)
        return
    loader = data.BatchLoader(dataset, batch_size, seed=3, drop_last=drop_last)
    batches = list(loader)
    assert len(batches) == len(loader)
    shown = first_tokens(batches)
    assert len(set(shown)) == len(shown) == len(dataset) - loader.dropped
    assert set(shown) <= {x[0].item() for x, _ in dataset}
    for x, y in batches:
        assert x.shape == y.shape
        assert x.is_contiguous()
        assert y.is_contiguous()  # a loss may say y.view(-1)
        assert torch.equal(y, x + 1)


def test_without_shuffling_the_batches_are_those_of_a_dataloader(written):
    dataset = data.TokenDataset(written, 8)
    ours = list(data.BatchLoader(dataset, 3, shuffle=False))
    theirs = list(DataLoader(dataset, 3))
    assert len(ours) == len(theirs) > 2
    for (x, y), (x_too, y_too) in zip(ours, theirs, strict=True):
        assert torch.equal(x, x_too)
        assert torch.equal(y, y_too)
        assert x.dtype == x_too.dtype == torch.int64


@pytest.fixture
def many_windows():
    return data.TokenDataset(torch.arange(40_001), 4)  # 10,000 windows: several gathers of batches


def test_a_seed_and_an_epoch_give_the_same_order_again(many_windows):
    one, two = (data.BatchLoader(many_windows, 32, seed=5) for _ in range(2))
    epochs = [first_tokens(one), first_tokens(one)]
    assert epochs == [first_tokens(two), first_tokens(two)]
    assert epochs[0] != epochs[1]
    assert first_tokens(data.BatchLoader(many_windows, 32, seed=6)) != epochs[0]


def test_a_seed_and_its_next_epoch_are_not_the_next_seeds_first(many_windows):
    assert not torch.equal(
        data.BatchLoader(many_windows, 32, seed=0).order(1), data.BatchLoader(many_windows, 32, seed=1).order(0)
    )


def test_the_order_does_not_depend_on_torchs_global_randomness_nor_change_it(many_windows):
    loader = data.BatchLoader(many_windows, 32, seed=5)
    torch.manual_seed(1)
    order = loader.order(0)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert torch.equal(loader.order(0), order)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("given", [1, 100, 312, 313])  # of 313 batches
def test_a_loader_continues_with_the_very_next_batch(many_windows, given):
    straight = data.BatchLoader(many_windows, 32, seed=5)
    expected = first_tokens(straight) + first_tokens(straight)

    stopped = data.BatchLoader(many_windows, 32, seed=5)
    shown = first_tokens(batch for _, batch in zip(range(given), stopped, strict=False))
    state = json.loads(json.dumps(stopped.state_dict()))  # as it would be kept in a checkpoint

    resumed = data.BatchLoader(many_windows, 32, seed=99)
    resumed.load_state_dict(state)
    for _ in range(3):  # the rest of this epoch if there is one, then whole ones: never an empty loop
        continued = first_tokens(resumed)
        assert continued
        shown += continued
    assert shown[: len(expected)] == expected


def test_a_loop_left_early_is_followed_by_a_whole_epoch(many_windows):
    loader = data.BatchLoader(many_windows, 32)
    next(iter(loader))
    assert len(set(first_tokens(loader))) == len(many_windows)


def test_a_state_of_other_batches_is_refused(many_windows):
    state = data.BatchLoader(many_windows, 32).state_dict()
    with pytest.raises(ValueError, match="cannot continue from this state: batch_size was 32 and is 16 here"):
        data.BatchLoader(many_windows, 16).load_state_dict(state)


def test_a_batch_of_nothing_is_refused(many_windows):
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        data.BatchLoader(many_windows, 0)
