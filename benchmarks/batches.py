"""Shuffled batches of 32 × 128 tokens, against a DataLoader with default collation over a map-style dataset."""

import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks.report import Measurement, speedup
from benchmarks.stories import take_stories
from course_lib.data import BatchLoader, TokenDataset, write_tokens
from course_lib.tokenization import train_tokenizer

MEGABYTES = 5  # of text: an epoch of about 300 batches
EPOCHS = 10  # in one measurement
BATCH_SIZE, SEQ_LEN = 32, 128


class InMemory(Dataset):
    """The dataset that one writes first: all ids as one int64 tensor, a window two slices of it."""

    def __init__(self, tokens: Tensor, seq_len: int) -> None:
        self.tokens = tokens
        self.seq_len = seq_len

    def __len__(self) -> int:
        return (len(self.tokens) - 1) // self.seq_len

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return self.tokens[start : start + self.seq_len], self.tokens[start + 1 : start + self.seq_len + 1]


def epochs(loader: Iterable, number: int) -> None:
    """Go through all batches so many times."""
    for _ in range(number):
        for _ in loader:
            pass


def measure(runs: int) -> Iterator[Measurement]:
    """Batches from the file, against an int64 tensor in memory and against the same file."""
    stories = take_stories(MEGABYTES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stories.bin"
        file = write_tokens(stories, train_tokenizer(stories), path)
        dataset = TokenDataset(file, SEQ_LEN)
        ours = BatchLoader(dataset, BATCH_SIZE)
        in_memory = InMemory(torch.from_numpy(file.tokens.astype("int64")), SEQ_LEN)
        for against, baseline, at_least in (
            ("DataLoader, int64 tensor in memory", in_memory, 8.0),
            ("DataLoader, TokenDataset of the same file", dataset, 8.0),
        ):
            loader = DataLoader(baseline, BATCH_SIZE, shuffle=True)
            if len(loader) != len(ours):
                raise ValueError(f"{against} gives {len(loader)} batches, ours {len(ours)}: nothing to compare")
            yield speedup(
                f"BatchLoader, shuffled batches of {BATCH_SIZE} × {SEQ_LEN}",
                partial(epochs, ours, EPOCHS),
                against=against,
                baseline=partial(epochs, loader, EPOCHS),
                runs=runs,
                at_least=at_least,
            )
