"""Stories in rows: each from its own beginning to its own end, with what the generator says it costs.

In windows cut from a stream a story has often lost its beginning, and with it the hero's name, so that the floor there
is not the text's entropy. In rows it is.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from itertools import count, islice
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64, Int64, UInt16
from tokenizers import Tokenizer
from torch import Tensor

from course_lib.corpus import Story
from course_lib.corpus.generator import VALIDATION_SHARE, write_story
from course_lib.corpus.splits import split_of
from course_lib.tokenization import END_OF_TEXT
from course_lib.training.loss import IGNORED

SEEDS_AT_ONCE = 1_000


@dataclass(frozen=True)
class StoryRows:
    """n stories as token ids, one a row: end-of-text, the story, end-of-text, and zeros up to the longest.

    lengths: tokens that are predicted in each, the story's own and its end.   nats: −ln p under the generator.
    sizes: bytes of each story's text.   words: its words, as spaces separate them.
    """

    tokens: UInt16[np.ndarray, "n W"]
    lengths: Int64[np.ndarray, " n"]
    nats: Float64[np.ndarray, " n"]
    sizes: Int64[np.ndarray, " n"]
    words: Int64[np.ndarray, " n"]

    def __len__(self) -> int:
        """Stories."""
        return len(self.lengths)

    @property
    def targets(self) -> int:
        """Tokens that are predicted."""
        return int(self.lengths.sum())

    @property
    def floor(self) -> float:
        """Nats per token that whoever knows the generator needs for these very stories."""
        return float(self.nats.sum() / self.targets)

    def first(self, n: int) -> "StoryRows":
        """The first n stories."""
        return StoryRows(*(getattr(self, field.name)[:n] for field in fields(self)))

    def save(self, folder: Path) -> None:
        """Write each column to a file of the folder, for other processes to map."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    @classmethod
    def load(cls, folder: Path) -> "StoryRows":
        """What `save` wrote; pages are read when they are used."""
        return cls(*(np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(cls)))


def rows_of(stories: Iterable[Story], tokenizer: Tokenizer) -> StoryRows:
    """The stories in rows. Raises ValueError if there is none, or the tokenizer has no end-of-text."""
    stories = list(stories)
    end = tokenizer.token_to_id(END_OF_TEXT)
    if not stories or end is None:
        raise ValueError("rows need a story" if end is not None else f"the tokenizer has no {END_OF_TEXT}")
    encoded = tokenizer.encode_batch_fast([story.text for story in stories], add_special_tokens=False)
    ids = [[end, *one.ids, end] for one in encoded]
    tokens = np.zeros((len(ids), max(map(len, ids))), dtype=np.uint16)
    for row, one in zip(tokens, ids, strict=True):
        row[: len(one)] = one
    return StoryRows(
        tokens,
        np.array([len(one) - 1 for one in ids], dtype=np.int64),
        np.array([-story.log_probability for story in stories]),
        np.array([len(story.text.encode()) for story in stories], dtype=np.int64),
        np.array([len(story.text.split()) for story in stories], dtype=np.int64),
    )


def batch_of(rows: StoryRows, chosen: np.ndarray, device: torch.device) -> tuple[Int64[Tensor, "B T"], Tensor]:
    """x and y of these stories, both (B, T); behind a story's end y is IGNORED. T fits the longest of the chosen."""
    lengths = rows.lengths[chosen]  # (B,)
    T = int(lengths.max())
    ids = torch.from_numpy(rows.tokens[chosen, : T + 1].astype(np.int64))  # (B, T + 1)
    behind = torch.arange(T) >= torch.from_numpy(np.asarray(lengths))[:, None]  # (B, T)
    x, y = ids[:, :-1], ids[:, 1:].masked_fill(behind, IGNORED)
    return x.to(device, non_blocking=True), y.to(device, non_blocking=True)


def tell(split: str, n: int, pool: Executor | None = None) -> list[Story]:
    """The first n stories of a split, those of `corpus.generate`; pool: processes that tell them side by side."""
    chunks: Iterator[list[Story]]
    if pool is None:
        chunks = (_told(split, start) for start in count(0, SEEDS_AT_ONCE))
    else:
        share = VALIDATION_SHARE if split == "validation" else 1 - VALIDATION_SHARE
        starts = range(0, int(n / share * 1.1) + 2 * SEEDS_AT_ONCE, SEEDS_AT_ONCE)  # a tenth to spare
        chunks = iter(pool.map(_told, [split] * len(starts), starts))
    return list(islice((story for chunk in chunks for story in chunk), n))


def _told(split: str, start: int) -> list[Story]:
    """The stories of a split among those of SEEDS_AT_ONCE seeds."""
    told = map(write_story, range(start, start + SEEDS_AT_ONCE))
    return [story for story in told if split_of(story.text, VALIDATION_SHARE) == split]
