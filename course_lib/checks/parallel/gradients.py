"""Gradients of a batch on several devices, and what becomes of them with the mistakes that are made, for lesson 14."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.parallel.inputs import whole_sum


def gradient_of(weight: Tensor, x: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
    """Gradient with respect to `weight` of the cross-entropy of the logits x Wᵀ."""
    weight = weight.detach().requires_grad_()
    loss = F.cross_entropy(x @ weight.T, y, reduction=reduction)
    (gradient,) = torch.autograd.grad(loss, weight)
    return gradient


def data_parallel_gradient(weight: Tensor, x: Tensor, y: Tensor, devices: int) -> Tensor:
    """Each device its own examples, each sum of losses over the size of the whole batch, and all of it added."""
    shards = zip(x.tensor_split(devices), y.tensor_split(devices), strict=True)
    return whole_sum([gradient_of(weight, mine, target, "sum") / len(x) for mine, target in shards])


def gradients_with(
    *,
    shards: Callable[[Tensor, int], Sequence[Tensor]] = lambda tensor, devices: tensor.tensor_split(devices),
    combine: Callable[[list[Tensor]], Tensor] = lambda gradients: torch.stack(gradients).mean(dim=0),
    reduction: str = "mean",
) -> Callable[[Tensor, Tensor, Tensor, int], Tensor]:
    """Another way to share the batch, or to put the devices' gradients together."""

    def mutant(weight: Tensor, x: Tensor, y: Tensor, devices: int) -> Tensor:
        pairs = zip(shards(x, devices), shards(y, devices), strict=True)
        return combine([gradient_of(weight, mine, target, reduction) for mine, target in pairs])

    return mutant


def gradients_never_reset(weight: Tensor, x: Tensor, y: Tensor, devices: int) -> Tensor:
    """All devices add to one gradient, and its states on the way are added up once more."""
    shards = zip(x.tensor_split(devices), y.tensor_split(devices), strict=True)
    each = torch.stack([gradient_of(weight, mine, target, "sum") / len(x) for mine, target in shards])
    return each.cumsum(dim=0).sum(dim=0)


def the_same_for_all(tensor: Tensor, devices: int) -> list[Tensor]:
    """Every device reads the first examples: nobody told it which device it is."""
    return [tensor[: len(tensor) // devices]] * devices


def whole_parts_only(tensor: Tensor, devices: int) -> list[Tensor]:
    """Equal parts, and what is left over is dropped."""
    size = len(tensor) // devices
    return [tensor[rank * size : (rank + 1) * size] for rank in range(devices)]


def by_the_batch(choose: Callable[[list[Tensor]], Tensor]) -> Callable[[Tensor, Tensor, Tensor, int], Tensor]:
    """Shares of the gradient of the mean over the whole batch, of which `choose` makes the result."""

    def mutant(weight: Tensor, x: Tensor, y: Tensor, devices: int) -> Tensor:
        shards = zip(x.tensor_split(devices), y.tensor_split(devices), strict=True)
        return choose([gradient_of(weight, mine, target, "sum") / len(x) for mine, target in shards])

    return mutant
