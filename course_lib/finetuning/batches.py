"""Rows of unequal length in one batch: padded, each in a row of its own, or packed, several in a row behind walls."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.attention import fused_scaled_dot_product_attention
from course_lib.finetuning.chat import Example
from course_lib.kv_cache import KVCache

IGNORED = -100  # F.cross_entropy's mark for targets that do not count
NOBODY = -1  # the segment of what only fills a row up


class Batch(NamedTuple):
    """Inputs, the token after each of them or IGNORED, and which example each belongs to, counted in its row."""

    x: Int[Tensor, "B T"]
    y: Int[Tensor, "B T"]
    segments: Int[Tensor, "B T"]


def answer_targets(ids: Sequence[int], start: int) -> list[int]:
    """The token after each of ids[:-1], where it belongs to the answer, which begins at `start`; else IGNORED.

    The first that counts is the answer's first token, the target of the last token of the prompt; the last is the end.
    """
    return [token if place >= start else IGNORED for place, token in enumerate(ids[1:], start=1)]


def pad(examples: Sequence[Example], fill: int) -> Batch:
    """Each example in its own row, filled up at its end: a causal model never looks there from the text."""
    return _rows([[example] for example in examples], max(len(e.ids) - 1 for e in examples), fill)


def pack(examples: Sequence[Example], length: int, fill: int) -> Batch:
    """As few rows of `length` as first-fit finds, several examples in each, none of them cut.

    Longest first, each goes into the first row that has room  (first-fit decreasing). Raises ValueError if one is too
    long.
    """
    rows: list[list[Example]] = []
    for example in sorted(examples, key=lambda e: -len(e.ids)):
        if len(example.ids) - 1 > length:
            raise ValueError(f"an example of {len(example.ids) - 1} inputs does not fit into a row of {length}")
        room = (row for row in rows if sum(len(e.ids) - 1 for e in row) + len(example.ids) - 1 <= length)
        row = next(room, None)
        if row is None:
            rows.append([example])
        else:
            row.append(example)
    return _rows(rows, length, fill)


def _rows(rows: Sequence[Sequence[Example]], length: int, fill: int) -> Batch:
    x = torch.full((len(rows), length), fill)  # (B, T)
    y = torch.full((len(rows), length), IGNORED)
    segments = torch.full((len(rows), length), NOBODY)
    for i, row in enumerate(rows):
        at = 0
        for segment, example in enumerate(row):
            end = at + len(example.ids) - 1
            x[i, at:end] = torch.tensor(example.ids[:-1])
            y[i, at:end] = torch.tensor(answer_targets(example.ids, example.start))
            segments[i, at:end] = segment
            at = end
    return Batch(x, y, segments)


def block_mask(segments: Int[Tensor, "B T"]) -> Bool[Tensor, "B T T"]:
    """True where a query may attend to a key: not after it, and of the same example. Blocks along the diagonal.

    What fills a row up forms a block, too: no row of the softmax is ever empty.
    """
    T = segments.shape[1]
    same = segments[:, :, None] == segments[:, None, :]  # (B, T, T)
    return same & torch.ones(T, T, dtype=torch.bool, device=segments.device).tril()


def restarted_positions(segments: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
    """The place of each token in its own example, from 0."""
    T = segments.shape[1]
    at = torch.arange(T, device=segments.device).expand_as(segments)  # (B, T)
    begins = torch.ones_like(segments, dtype=torch.bool)
    begins[:, 1:] = segments[:, 1:] != segments[:, :-1]
    return at - torch.where(begins, at, 0).cummax(dim=1).values


class Walls(KVCache):
    """In the place of a cache: tells a model which tokens of a row belong together. It keeps nothing.

    A model asks its cache for positions and lets it attend; these walls answer with restarted positions and attend
    within each example. Gradients pass.
    """

    def __init__(self, segments: Int[Tensor, "B T"]) -> None:  # no memory is taken, so not KVCache's
        self.length = 0
        self.when_full = "raise"
        self.padding = None
        self._positions = restarted_positions(segments)  # (B, T)
        self._mask = block_mask(segments)[:, None]  # (B, 1, T, T): one for all heads

    def positions(self, new: int) -> Int[Tensor, "B new"]:
        """Of each token in its own example."""
        return self._positions

    def attend(
        self,
        layer: int,
        q: Float[Tensor, "B H T D"],
        k: Float[Tensor, "B H_kv T D"],
        v: Float[Tensor, "B H_kv T D"],
        *,
        window: int | None = None,
        scale: float | None = None,
    ) -> Float[Tensor, "B H T D"]:
        """Causal attention within each example.   window: to the last so many tokens, itself included."""
        mask = self._mask if window is None else self._mask & ~self._mask.new_ones(q.shape[2], q.shape[2]).tril(-window)
        grouped = q.shape[1] != k.shape[1]
        return fused_scaled_dot_product_attention(
            q, k, v, causal=False, attn_mask=mask, scale=scale, enable_gqa=grouped
        )

    def advance(self, new: int) -> None:
        """Nothing is kept, so nothing moves."""


def answer_loss(logits: Float[Tensor, "B T V"], y: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    """Mean −log p of the answers' tokens, their ends among them, over all that count in the batch, in nats per token.

    Raises ValueError if none counts: the mean of nothing would be NaN, and so would all weights.
    """
    if not (y != IGNORED).any():
        raise ValueError("no target counts in this batch: is there an answer in it?")
    return F.cross_entropy(logits.flatten(0, -2), y.flatten(), ignore_index=IGNORED)


def answer_nats(logits: Float[Tensor, "B T V"], y: Int[Tensor, "B T"]) -> Float[Tensor, " B"]:
    """−log p of each row's answer, its end included, in nats an answer: to be held against H(story | request)."""
    losses = F.cross_entropy(logits.transpose(1, 2), y, ignore_index=IGNORED, reduction="none")  # (B, T)
    return losses.sum(dim=1)
