"""Data parallelism with the weights shared out: every process keeps an n-th of them, and borrows the rest."""

from typing import Any

from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard


def shard_fully(model: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """FSDP: each process keeps an n-th of every parameter, of its gradient and of the optimizer's averages.

    A block's weights are gathered when it is its turn, and let go afterwards  (Rajbhandari et al. 2020; Zhao et al.
    2023). Rank 0's weights are used. Returns the model, changed in place: its parameters are DTensors from now on.
    """
    blocks: Any = model.blocks
    for block in blocks:  # what is gathered at a time
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model
