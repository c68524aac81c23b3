"""A loss of logits in pieces, and what becomes of it with the mistakes that are made in it."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.parallel.inputs import AllReduce


def first_logit_elsewhere(part: Tensor, targets: Tensor, first: int, masked: bool = True) -> Tensor:
    """The target's logit where it is in this part, else the part's first: (N, V/n), (N,) -> (N,)."""
    local = targets - first
    here = (local >= 0) & (local < part.shape[-1])
    return part.gather(-1, local.where(here, 0)[:, None])[:, 0]


def picked_logit(part: Tensor, targets: Tensor, first: int, masked: bool = True) -> Tensor:
    """The target's logit where it is in this part, else 0: (N, V/n), (N,) -> (N,)."""
    local = targets - first
    here = (local >= 0) & (local < part.shape[-1])
    picked = part.gather(-1, local.clamp(0, part.shape[-1] - 1)[:, None])[:, 0]
    return picked * here if masked else picked


def loss_with(
    *,
    largest: Callable[[Sequence[Tensor], AllReduce], list[Tensor]] | None = None,
    masked: bool = True,
    pick: Callable[[Tensor, Tensor, int, bool], Tensor] = picked_logit,
    offset: bool = True,
    mean: Callable[[Tensor], Tensor] = torch.mean,
    log: Callable[[Tensor], Tensor] = torch.log,
    added_back: float = 1.0,
    target: float = 1.0,
    reduced: Callable[[Sequence[Tensor], AllReduce], Tensor] = lambda parts, all_reduce: all_reduce(parts),
) -> Callable[[Sequence[Tensor], Tensor, AllReduce], Tensor]:
    """`vocab_parallel_loss` with one of its steps replaced. largest: what each device subtracts before exp."""

    def mutant(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
        width = logits[0].shape[-1]
        shifts = (largest or shared_maximum)(logits, all_reduce)
        exps = [(part - shift[:, None]).exp().sum(dim=-1) for part, shift in zip(logits, shifts, strict=True)]
        total = all_reduce(exps)  # (N,)
        firsts = [rank * width * offset for rank in range(len(logits))]
        own = [pick(part, targets, first, masked) for part, first in zip(logits, firsts, strict=True)]
        return mean(added_back * shifts[0] + log(total) - target * reduced(own, all_reduce))

    return mutant


def shared_maximum(logits: Sequence[Tensor], all_reduce: AllReduce) -> list[Tensor]:
    """The largest logit of each row over all devices, as every device holds it."""
    return [all_reduce([part.amax(dim=-1) for part in logits], "max")] * len(logits)


vocab_parallel_loss = loss_with()


def logarithms_added(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device takes the logarithm of its own sum, and these are added."""
    lost = vocab_parallel_loss(logits, targets, all_reduce)
    largest = shared_maximum(logits, lambda parts, how="sum": torch.stack(list(parts)).amax(dim=0))[0][:, None]
    sums = torch.stack([(part - largest).exp().sum(dim=-1) for part in logits])
    return lost + (sums.log().sum(dim=0) - sums.sum(dim=0).log()).mean()


def one_maximum(logits: Sequence[Tensor], all_reduce: AllReduce) -> list[Tensor]:
    """The largest of all logits, the same for every token."""
    return [all_reduce([part.max() for part in logits], "max").expand(len(logits[0]))] * len(logits)


def all_logits_reduced(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device fills its own words into a table of zeros, and the tables are added up."""
    width, last = logits[0].shape[-1], len(logits) - 1
    tables = [F.pad(part, (rank * width, (last - rank) * width)) for rank, part in enumerate(logits)]
    return F.cross_entropy(all_reduce(tables), targets)


def own_softmax_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device makes a distribution of its own logits; the target's device gives the loss."""
    width = logits[0].shape[-1]
    parts = [part.log_softmax(dim=-1) for part in logits]
    return -all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(parts)]).mean()


def own_maximum_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Each device subtracts its own largest logit, and the largest of all is added at the end."""
    width = logits[0].shape[-1]
    largest = shared_maximum(logits, all_reduce)[0]
    total = all_reduce([(part - part.amax(dim=-1, keepdim=True)).exp().sum(dim=-1) for part in logits])
    target = all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(logits)])
    return (largest + total.log() - target).mean()


def summed_logsumexp_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """The devices' log-sum-exps are added as if they were sums."""
    width = logits[0].shape[-1]
    total = all_reduce([part.logsumexp(dim=-1) for part in logits])
    return (total - all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(logits)])).mean()


def gathered_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """Right, but on one device: all logits are carried together."""
    return F.cross_entropy(torch.cat(list(logits), dim=-1), targets)


def first_sum_loss(logits: Sequence[Tensor], targets: Tensor, all_reduce: AllReduce) -> Tensor:
    """The sum of the exponentials is not reduced."""
    width = logits[0].shape[-1]
    largest = shared_maximum(logits, all_reduce)[0]
    total = (logits[0] - largest[:, None]).exp().sum(dim=-1)
    target = all_reduce([picked_logit(part, targets, rank * width) for rank, part in enumerate(logits)])
    return (largest + total.log() - target).mean()
