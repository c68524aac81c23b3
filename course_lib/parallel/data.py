"""Data parallelism: every process holds the whole model and sees its own part of the batch."""

from jaxtyping import Shaped
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from course_lib.training.ranks import Ranks


def data_parallel(model: nn.Module) -> DistributedDataParallel:
    """The model, such that `backward` leaves in every process the mean of all processes' gradients.

    Rank 0's weights are used. While backward still works on the first layers, the gradients of the last are sent.
    """
    return DistributedDataParallel(model)


def share_of_batch(batch: Shaped[Tensor, "B *rest"], rank: int, n_processes: int) -> Shaped[Tensor, "B/n *rest"]:
    """The rows of this process: the first B/n for rank 0, and so on.

    The mean over equal shares of the means over each is the mean over the batch; with unequal shares it is not.
    Raises ValueError if there are not equally many for each.
    """
    return Ranks(rank, n_processes).share(batch)
