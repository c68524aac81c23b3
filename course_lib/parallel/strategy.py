"""Training on several processes: what `training.train` needs to share its work with the others torchrun started."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NamedTuple

import torch
import torch.distributed as dist
from torch import nn

from course_lib.parallel.data import data_parallel
from course_lib.parallel.join import joined, started_by_torchrun
from course_lib.pretrained.models import Model, build
from course_lib.show.progress import say
from course_lib.training.loss import LossModule
from course_lib.training.ranks import ALONE, Ranks, whole
from course_lib.util.machine import choose_device

StrategyName = Literal["none", "ddp", "fsdp"]
FAILED = 2  # exit status of the ranks that have nothing to say about why
STRATEGIES: tuple[StrategyName, ...] = ("none", "ddp", "fsdp")


class Strategy(NamedTuple):
    """For `train(…, wrap=strategy.wrap, ranks=strategy.ranks)`, with the model on `strategy.device`."""

    device: torch.device
    ranks: Ranks
    wrap: Callable[[nn.Module], nn.Module] | None

    def say(self, text: str) -> None:
        """Print a line, once for all ranks."""
        if self.ranks.leads:
            say(text)

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """The leading rank goes through the block, then the others: they find what it wrote. All go on from the end.

        If the leader fails, the others end without a word: it says why.
        """
        if self.ranks.leads:
            try:
                yield
            except BaseException:
                self.ranks.from_leader("failed")
                raise
            self.ranks.from_leader("")
        else:
            if self.ranks.from_leader(""):
                with suppress(RuntimeError):  # torchrun ends all once one has: not before the leader has said why
                    dist.barrier()
                raise SystemExit(FAILED)
            yield
        self.ranks.any(False, self.device)  # all wait for all


@contextmanager
def distributed_strategy(name: StrategyName | None = None, device: str | None = None) -> Iterator[Strategy]:
    """Within the block this process trains with the others that torchrun started, or alone if there are none.

    name: "ddp" and "fsdp" share the batch, "fsdp" the weights too; None is "ddp" with others, "none" without.
    device: with others "cpu" or "cuda", None for GPUs where there is one for each process; alone any that there is,
    None for an accelerator if there is one.
    Raises ValueError, with a remedy, if the strategy does not fit how this process was started, or there is no such
    device.
    """
    if name is None:
        name = "ddp" if started_by_torchrun() else "none"
    if name == "none":
        if int(os.environ.get("WORLD_SIZE", "1")) > 1 and started_by_torchrun():
            raise ValueError("torchrun started several processes, and each would train alone: take ddp or fsdp")
        yield Strategy(choose_device(device), ALONE, None)
        return
    if name not in STRATEGIES:
        raise ValueError(f"expected one of {', '.join(STRATEGIES)}, got {name!r}")
    if device not in (None, "cpu", "cuda"):  # which GPU is whose, torchrun says
        raise ValueError(f"several processes work on cpu or on cuda, got {device!r}")
    with joined(gpu=None if device is None else device == "cuda") as own:
        yield Strategy(own, Ranks(dist.get_rank(), dist.get_world_size()), wrap_for(name))


def wrap_for(name: StrategyName) -> Callable[[nn.Module], nn.Module] | None:
    """What makes of a `LossModule` one whose gradients are those of the whole batch, on every rank."""
    return {"none": None, "ddp": data_parallel, "fsdp": _shard_model}[name]


def _shard_model(compute_loss: nn.Module) -> nn.Module:
    """The model inside is sharded, not the loss around it, so that validation and samples can call it as well."""
    from torch.distributed.fsdp import register_fsdp_forward_method

    from course_lib.parallel.fsdp import shard_fully
    from course_lib.parallel.tensor import process_mesh

    if not isinstance(compute_loss, LossModule):
        raise ValueError(f"expected a LossModule, got {type(compute_loss).__name__}")
    shard_fully(compute_loss.model, process_mesh("data"))
    if compute_loss.chunk_rows is not None:  # then `hidden` is called instead of the forward pass, and must gather too
        register_fsdp_forward_method(compute_loss.model, "hidden")
    return compute_loss


def whole_copy(model: Model) -> Model:
    """A model of its own with all of a sharded model's weights, to write samples with; the model itself if it is whole.

    Every rank must call it.
    """
    if not any(hasattr(parameter, "full_tensor") for parameter in model.parameters()):
        return model
    weights = {name: whole(parameter.detach()) for name, parameter in model.named_parameters()}
    copy = build(model.config)
    copy.to(next(iter(weights.values())))  # same device, same dtype
    with torch.no_grad():
        for name, parameter in copy.named_parameters():
            parameter.copy_(weights[name])
    return copy.train(model.training)
