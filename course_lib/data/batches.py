"""Batches gathered in one step: what `DataLoader(dataset, batch_size, shuffle=True)` gives, many times faster."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Int64
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor

from course_lib.data.dataset import TokenDataset

GATHERED_TOKENS = 65_536  # ids gathered at once, 16 batches of 32 × 128: few steps, and small enough for the cache


class BatchLoader:
    """Iterate over batches (x, y), both (B, T) int64; each `for` loop over it is a new epoch.

    Every window comes once an epoch, in an order that depends only on `seed` and the epoch's number. Windows are
    gathered by one indexing step for several batches, not collected one by one.

    dataset: the windows.   batch_size: B.   shuffle: a new order each epoch, else the order of the text.
    drop_last: leave out the last batch if it is smaller than B; `dropped` counts the windows that this costs.

    `state_dict()` tells the position; after `load_state_dict(state)` the next loop continues with the very next batch.
    Raises ValueError if batch_size is less than 1 or no batch can be made.
    """

    def __init__(
        self,
        dataset: TokenDataset,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        if drop_last and batch_size > len(dataset):
            raise ValueError(f"drop_last leaves no batch: batch_size is {batch_size}, there are {len(dataset)} windows")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0  # in progress, or the next
        self.position = 0  # batches of it that were given
        self._continues = False  # whether the next loop goes on within the epoch

    @property
    def dropped(self) -> int:
        """Windows that are left out of an epoch."""
        return len(self.dataset) % self.batch_size if self.drop_last else 0

    def __len__(self) -> int:
        """Batches an epoch."""
        return -(-(len(self.dataset) - self.dropped) // self.batch_size)

    def order(self, epoch: int) -> Int64[Tensor, " n"]:
        """The numbers of the windows in the order in which this epoch shows them."""
        if not self.shuffle:
            return torch.arange(len(self.dataset))
        mixed = np.random.SeedSequence([self.seed, epoch]).generate_state(1, dtype=np.uint64)[0]
        return torch.randperm(len(self.dataset), generator=torch.Generator().manual_seed(int(mixed)))

    def __iter__(self) -> Iterator[tuple[Int64[Tensor, "B T"], Int64[Tensor, "B T"]]]:
        if self.position > 0 and not self._continues:  # the loop before this one was left early
            self.epoch, self.position = self.epoch + 1, 0
        self._continues = False
        epoch, first = self.epoch, self.position
        B, T, starts = self.batch_size, self.dataset.seq_len, self.dataset.starts
        every = self.dataset.stride if starts is None else 1
        tokens = self.dataset.tokens  # (N,)
        inputs = sliding_window_view(tokens[:-1], T)[::every]  # (n, T), a view: nothing is copied
        targets = sliding_window_view(tokens[1:], T)[::every]  # (n, T)
        order = self.order(epoch).numpy()[: len(self.dataset) - self.dropped]  # (n,)
        if starts is not None:
            order = starts[order]  # windows, told by where they begin
        at_once = max(1, GATHERED_TOKENS // (B * T)) * B  # windows
        for start in range(first * B, len(order), at_once):
            rows = order[start : start + at_once]
            x = torch.from_numpy(inputs[rows].astype(np.int64))  # (at_once, T)
            y = torch.from_numpy(targets[rows].astype(np.int64))  # (at_once, T)
            for batch, (x_batch, y_batch) in enumerate(zip(x.split(B), y.split(B), strict=True), start // B):
                self.epoch, self.position = epoch, batch + 1
                yield x_batch, y_batch  # (B, T), (B, T)
        self.epoch, self.position = epoch + 1, 0

    def state_dict(self) -> dict[str, int]:
        """Where the iteration stands: the epoch and the batches of it that were given, with what they depend on."""
        return {"epoch": self.epoch, "position": self.position, "seed": self.seed, **self._shape()}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue from a position that `state_dict` told.

        Raises ValueError if that was of other windows or other batches, since the position would mean something else.
        """
        differing = {name: (state[name], value) for name, value in self._shape().items() if state[name] != value}
        if differing:
            told = "; ".join(f"{name} was {there} and is {here} here" for name, (there, here) in differing.items())
            raise ValueError(f"cannot continue from this state: {told}")
        self.epoch, self.position, self.seed = state["epoch"], state["position"], state["seed"]
        if self.position == len(self):  # saved after the last batch of an epoch
            self.epoch, self.position = self.epoch + 1, 0
        self._continues = True

    def _shape(self) -> dict[str, int]:
        return {"windows": len(self.dataset), "batch_size": self.batch_size, "shuffle": int(self.shuffle)}
