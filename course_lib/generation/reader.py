"""What a model is shown of a text that grows, with a cache or without: the same logits, at another price."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.generation.shared_rows import sharing_twin


class Reader:
    """Logits of the next token for texts that grow by a token at a time.

    The texts are rows of one tensor that ends for all of them in the same column; `first` says where each begins, so
    that shorter ones have padding on their left. A text sees at most `seq_len` tokens. When it outgrows them, its
    window moves up to its last `keep` tokens, and grows again from there. With or without a cache the window is the
    same, and so are the logits, up to rounding.

    With a cache only the newest token goes through the model. When a window moves, what the cache holds was computed
    with tokens that are now outside, and for learned positions at other places: the window is read anew. With
    keep = seq_len that is at each token from then on; with half of it, once in seq_len / 2 + 1 tokens.
    A batch of unequal texts goes through the model as one: positions count from each text's first token, and padding
    is masked (see `KVCache.reset`). Without a cache each text goes through by itself.
    A single row is multiplied on all cores (see `sharing_twin`), unless there are hooks that would miss it.
    """

    def __init__(self, model: nn.Module, first: Sequence[int], max_len: int, *, use_cache: bool, keep: int) -> None:
        self.model = cast(Any, model)  # what an nn.Module has beyond its forward, types do not know
        self.twin = cast(Any, sharing_twin(model))
        shared = set(self.twin.modules())
        self.not_read = [module for module in model.modules() if module not in shared]  # the twin has others for them
        self.seq_len: int = self.model.config.seq_len
        self.keep = keep
        self.window = list(first)  # the column that each text is shown from
        self.column = min(self.window)  # the column that the cache's first place stands for
        room = min(self.seq_len, max_len - self.column)
        self.cache = self.model.make_cache(len(first), room) if use_cache and can_cache(model) else None

    def next_logits(self, text: Int[Tensor, "B end"]) -> Float[Tensor, "B V"]:
        """The logits after the last column. Call it once for each new column."""
        end = text.shape[1]
        if self.cache is not None and self.cache.length > 0 and end - self.column <= self.seq_len:
            return self._last(text[:, end - 1 :], self.cache)
        self.window = [end - self.keep if end - start > self.seq_len else start for start in self.window]
        self.column = min(self.window)
        padding = [start - self.column for start in self.window]
        if self.cache is not None:
            self.cache.reset(torch.tensor(padding, device=text.device) if any(padding) else None)
            return self._last(text[:, self.column :], self.cache)
        if not any(padding):
            return self._last(text[:, self.column :])
        return torch.cat([self._last(row[None, start:]) for row, start in zip(text, self.window, strict=True)])

    def reorder(self, rows: Int[Tensor, " B"]) -> None:
        """Text b goes on from text `rows[b]`. For texts of equal length."""
        if self.cache is not None:
            self.cache.reorder(rows)

    def _last(self, idx: Int[Tensor, "B T"], *cache: object) -> Float[Tensor, "B V"]:
        """Only the last position predicts a new token: where the model lets us, the head computes no other."""
        watched = any(module._forward_hooks or module._forward_pre_hooks for module in self.not_read)
        model = self.model if watched else self.twin
        if hasattr(model, "hidden"):
            return model.head(model.hidden(idx, *cache)[:, -1])
        return model(idx, *cache)[:, -1]


def can_cache(model: nn.Module) -> bool:
    """Whether a model has `make_cache(batch_size, max_len)`, and so takes `model(idx, cache)`."""
    return hasattr(model, "make_cache")


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """The model in eval mode, and afterwards in the mode that it was in."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        yield
    finally:
        if was_training:
            model.train()
