"""Data parallelism: every process holds the whole model and sees its own part of the batch."""

import torch.distributed as dist
from jaxtyping import Shaped
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel


def data_parallel(model: nn.Module) -> DistributedDataParallel:
    """The model, such that `backward` leaves in every process the mean of all processes' gradients.

    Rank 0's weights are used. While backward still works on the first layers, the gradients of the last are sent.
    """
    return DistributedDataParallel(model)


def shard_fully(model: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """FSDP: each process keeps an n-th of every parameter, of its gradient and of the optimizer's averages.

    A block's weights are gathered when it is its turn, and let go afterwards  (Rajbhandari et al. 2020; Zhao et al.
    2023). Returns the model, changed in place; its parameters are DTensors from now on.
    """
    for block in model.blocks:  # type: ignore[union-attr]  # what is gathered at a time
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


def share_of_batch(batch: Shaped[Tensor, "B *rest"], rank: int, n_processes: int) -> Shaped[Tensor, "B/n *rest"]:
    """The rows of this process: the first B/n for rank 0, and so on.

    The mean over equal shares of the means over each is the mean over the batch; with unequal shares it is not.
    Raises ValueError if there are not equally many for each.
    """
    B = batch.shape[0]
    if B % n_processes != 0:
        raise ValueError(
            f"a batch of {B} cannot be shared out equally among {n_processes} processes; "
            f"take a batch size that is a multiple of {n_processes}"
        )
    return batch[rank * B // n_processes : (rank + 1) * B // n_processes]


def is_first() -> bool:
    """True in the process that prints and saves: rank 0, or the only one."""
    return not dist.is_initialized() or dist.get_rank() == 0
