"""Several processes that train one model together: which of them this is, its share of a batch, what they agree on."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Ranks:
    """This process among `size` that run the same training, each on its share of every batch.

    Every rank reads the same batches in the same order, and so training is the same for any number of ranks, up to the
    order of sums and what dropout draws. With size above 1, torch.distributed must be initialized. Raises ValueError if
    there is no such rank.
    """

    rank: int = 0
    size: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.size:
            raise ValueError(f"of {self.size} ranks, the first is 0 and the last {self.size - 1}, got {self.rank}")

    @property
    def leads(self) -> bool:
        """Whether this one prints and saves."""
        return self.rank == 0

    def share(self, batch: Tensor) -> Tensor:
        """This rank's rows of a batch (B, …). Raises ValueError if B cannot be divided among the ranks."""
        if len(batch) % self.size != 0:
            raise ValueError(
                f"a batch of {len(batch)} cannot be divided among {self.size} devices: take a batch_size that is a "
                f"multiple of {self.size}"
            )
        return batch.chunk(self.size)[self.rank]

    def draw_own(self, seed: int, step: int) -> None:
        """Let dropout on this rank draw for `step`, the first is 0, what no other rank draws for its rows.

        Rank 0 goes on from torch's random state, as a process alone does, and its checkpoints keep that. The others
        begin each step from what they draw it by, and so need nothing kept.
        """
        if self.rank > 0:
            mixed = np.random.SeedSequence([seed, self.rank, step]).generate_state(1, dtype=np.uint64)[0]
            torch.manual_seed(int(mixed))

    def mean(self, values: Tensor) -> Tensor:
        """The mean of each number over the ranks."""
        if self.size == 1:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total / self.size

    def any(self, wish: bool, device: torch.device) -> bool:
        """Whether any rank wishes it, so that all do the same."""
        return self.mean(torch.tensor(float(wish), device=device)).item() > 0

    def from_leader(self, value: str) -> str:
        """What the leading rank has as `value`, on all of them."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]


ALONE = Ranks()


def summed_later(compute_loss: nn.Module, later: bool) -> AbstractContextManager:
    """Within it, if the gradients are to be summed `later`, DDP only adds them up where they are, and sends nothing."""
    if later and hasattr(compute_loss, "no_sync"):
        return compute_loss.no_sync()  # type: ignore[operator]
    return nullcontext()


def whole(tensor: Tensor) -> Tensor:
    """The tensor itself; gathered, if it is a DTensor whose parts lie on several ranks. All of them must call this."""
    gather = getattr(tensor, "full_tensor", None)  # not isinstance: importing DTensor takes a second
    return tensor if gather is None else gather()


def split_like(tensor: Tensor, reference: Tensor) -> Tensor:
    """The tensor spread over ranks as `reference` is, if it is; the inverse of `whole`. All of them must call this."""
    tensor = tensor.to(reference.device)
    if not hasattr(reference, "full_tensor"):
        return tensor
    from torch.distributed.tensor import distribute_tensor  # a second, as above

    return distribute_tensor(tensor, reference.device_mesh, reference.placements)  # type: ignore[attr-defined]
