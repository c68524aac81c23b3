"""Split tensors and whole ones: putting together, and cutting likewise."""

from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor


def whole(tensor: Tensor) -> Tensor:
    """A split tensor put together, on every process; others as they are. Every process must call it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def split_like(tensor: Tensor, reference: Tensor) -> Tensor:
    """The whole `tensor` cut as `reference` is, this process's part of it; as it is if `reference` is not split.

    Every process must call it, with the same tensor.
    """
    if not isinstance(reference, DTensor):
        return tensor.to(reference.device)
    return distribute_tensor(tensor.to(reference.device), reference.device_mesh, reference.placements)
