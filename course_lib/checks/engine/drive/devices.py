"""Exercising what many devices do together, in one process."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine.drive.behind import behind


class FakeRing:
    """Devices in a ring, all in one process, so that a collective can be tried without any: it counts what is sent."""

    def __init__(self, world_size: int) -> None:
        self.exchanges: list[int] = []  # numbers sent by all devices together, exchange by exchange
        self._world_size = world_size

    def exchange(self, outgoing: Sequence[Tensor]) -> list[Tensor]:
        """Every device sends to the next: device r gets what device r − 1 sent, and device 0 what the last one sent."""
        if len(outgoing) != self._world_size:
            raise ValueError(f"the ring has {self._world_size} devices, and each sends one tensor; got {len(outgoing)}")
        self.exchanges.append(sum(sent.numel() for sent in outgoing))
        sent = [tensor.detach().clone() for tensor in outgoing]  # what travels is a copy
        return [sent[-1], *sent[:-1]]


def run_on_a_ring(answer: Callable[..., Any], tensors: Sequence[Tensor]) -> dict[str, Any]:
    """`{"tensors", "exchanges", "numbers sent"}` of `answer(tensors, exchange)`, a tensor for each of a ring."""
    ring = FakeRing(len(tensors))
    reduced = answer(tensors, behind(ring.exchange))
    return {"tensors": reduced, "exchanges": len(ring.exchanges), "numbers sent": sum(ring.exchanges)}


class FakeAllReduce:
    """An all-reduce among devices that are items of a list: it gives what each of them then holds, and counts."""

    def __init__(self) -> None:
        self.numbers = 0  # in the tensors that were reduced, one device's of each

    def __call__(self, parts: Sequence[Tensor], op: str = "sum") -> Tensor:
        """The elementwise sum, or for op="max" the largest, of one tensor a device."""
        if op not in ("sum", "max"):
            raise ValueError(f'op must be "sum" or "max", got {op!r}')
        shapes = {tuple(part.shape) for part in parts}
        if len(shapes) != 1:
            raise ValueError(f"every device must bring a tensor of the same shape, got {sorted(shapes)}")
        stacked = torch.stack(list(parts))  # (devices, ...)
        self.numbers += parts[0].numel()
        return stacked.sum(dim=0) if op == "sum" else stacked.amax(dim=0)


def call_with_few_reduced(answer: Callable[..., Any], logits: Sequence[Tensor], targets: Tensor) -> dict[str, Any]:
    """As `call_with_all_reduce`, of a loss that may reduce three numbers a token: two will do as well, none not."""
    found = call_with_all_reduce(answer, logits, targets)
    n, tokens = found["numbers reduced"], len(targets)
    if not tokens < n <= 3 * tokens:
        return found | {"numbers reduced": f"{n / tokens:g} a token"}
    return found | {"numbers reduced": "three a token, or less"}


def call_with_all_reduce(answer: Callable[..., Any], *args: Any) -> dict[str, Any]:
    """`{"output", "numbers reduced"}` of `answer(*args, all_reduce)`, where all_reduce is a `FakeAllReduce`."""
    all_reduce = FakeAllReduce()
    output = answer(*args, behind(all_reduce))
    return {"output": output, "numbers reduced": all_reduce.numbers}
