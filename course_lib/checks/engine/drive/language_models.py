"""Exercising what draws text from a model: models whose answers are known."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig


class TableModel(nn.Module):
    """A language model with known answers: logits are a row of `table`, chosen by the sum of all tokens so far.

    So every token of the context counts. `config.seq_len` is the longest sequence that it accepts.
    """

    def __init__(self, table: Tensor, seq_len: int) -> None:
        super().__init__()
        self.table: Tensor
        self.register_buffer("table", table)  # (V, V)
        self.config = GPTConfig(vocab_size=len(table), seq_len=seq_len)

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        if idx.shape[-1] > self.config.seq_len:
            raise ValueError(f"the model sees {self.config.seq_len} tokens, got {idx.shape[-1]}")
        return self.table[idx.cumsum(dim=-1) % len(self.table)]


def call_with_model(answer: Callable, table: Tensor, seq_len: int, *args: Any, **kwargs: Any) -> Any:
    """The value of `answer(model, *args)`, where the model is a `TableModel`."""
    return answer(TableModel(table, seq_len), *args, **kwargs)


class CachedTableModel(TableModel):
    """A `TableModel` that can be given a cache, as `Llama` can."""

    def make_cache(self, batch_size: int) -> "RunningSum":
        """An empty cache."""
        return RunningSum(batch_size)

    def forward(self, idx: Tensor, cache: "RunningSum | None" = None) -> Tensor:
        """(B, T) -> (B, T, V), for tokens that follow those which the cache has seen."""
        if cache is None:
            return super().forward(idx)
        if len(cache.total) != len(idx):
            raise ValueError(f"the cache was made for {len(cache.total)} texts, got {len(idx)}")
        if cache.length + idx.shape[-1] > self.config.seq_len:
            raise ValueError(
                f"the cache has room for {self.config.seq_len} tokens and holds {cache.length}, "
                f"so {idx.shape[-1]} more do not fit"
            )
        sums = cache.total[:, None] + idx.cumsum(dim=-1)  # (B, T)
        cache.total, cache.length = sums[:, -1], cache.length + idx.shape[-1]
        return self.table[sums % len(self.table)]


class RunningSum:
    """All that a `CachedTableModel` has to remember: the sum of each text's tokens, and how many there were."""

    def __init__(self, batch_size: int) -> None:
        self.total = torch.zeros(batch_size, dtype=torch.long)
        self.length = 0


def call_with_cached_model(
    answer: Callable, table: Tensor, seq_len: int, idx: Tensor, max_new_tokens: int
) -> dict[str, Any]:
    """`{"text", "no token is read twice"}` of `answer(model, idx, max_new_tokens)` with a `CachedTableModel`."""
    read: list[int] = []  # tokens, pass by pass; on the model an answer could set it back

    class Counted(CachedTableModel):
        def forward(self, idx: Tensor, cache: RunningSum | None = None) -> Tensor:
            read.append(idx.shape[-1])
            return super().forward(idx, cache)

    text = answer(Counted(table, seq_len), idx, max_new_tokens)
    asked = bool(read) or max_new_tokens == 0
    return {"text": text, "no token is read twice": asked and sum(read) <= idx.shape[-1] + max_new_tokens}
