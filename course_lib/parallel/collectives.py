"""What processes say to each other: all-reduce by hand, and a count of everything that is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from course_lib.parallel.costs import sent_bytes


def naive_all_reduce(tensor: Tensor) -> Tensor:
    """The sum of every process's tensor, on each: all send theirs to rank 0, which adds up and sends the sum back.

    Rank 0 sends and receives n − 1 tensors: with more processes it takes longer, while the others wait.
    """
    total = tensor.clone()
    if dist.get_rank() == 0:
        received = torch.empty_like(total)
        for rank in range(1, dist.get_world_size()):
            dist.recv(received, src=rank)
            total += received
        for rank in range(1, dist.get_world_size()):
            dist.send(total, dst=rank)
    else:
        dist.send(total, dst=0)
        dist.recv(total, src=0)
    return total


def ring_all_reduce(tensor: Tensor) -> Tensor:
    """The sum of every process's tensor, on each: all only talk to their neighbours  (Patarasuk and Yuan 2009).

    Cut into n chunks, each chunk goes round the ring twice: once to be added up, once to be handed out. In 2·(n − 1)
    steps each process sends 2·(n − 1)/n of the tensor, however many there are.
    """
    n, rank = dist.get_world_size(), dist.get_rank()
    right, left = (rank + 1) % n, (rank - 1) % n
    total = tensor.clone().contiguous()
    chunks = list(total.view(-1).tensor_split(n))  # views: what is written into them is written into total
    for step in range(n - 1):  # reduce-scatter: afterwards this process has the whole sum of chunk rank + 1
        mine, theirs = chunks[(rank - step) % n], chunks[(rank - step - 1) % n]
        theirs += _exchange(mine, right, torch.empty_like(theirs), left)
    for step in range(n - 1):  # all-gather: finished chunks replace unfinished ones
        mine, theirs = chunks[(rank + 1 - step) % n], chunks[(rank - step) % n]
        theirs.copy_(_exchange(mine, right, torch.empty_like(theirs), left))
    return total


def _exchange(outgoing: Tensor, right: int, incoming: Tensor, left: int) -> Tensor:
    """Send to the one and receive from the other at once: if all sent first, all would wait for a receiver."""
    sending = dist.isend(outgoing, dst=right)
    dist.recv(incoming, src=left)
    if sending is not None:
        sending.wait()
    return incoming


class Message(NamedTuple):
    """One operation among processes.

    when: "backward" within a backward pass, else "forward".   operation: "all_reduce", "all_gather", …
    payload: bytes of the tensor it is about, the whole one for gathers and scatters.
    sent: bytes that each process sends, with a ring of all processes.
    """

    when: str
    operation: str
    shape: tuple[int, ...]
    payload: int
    sent: int


@dataclass
class Traffic:
    """Every operation among processes, in order, as this process saw it."""

    messages: list[Message] = field(default_factory=list)

    @property
    def payload(self) -> int:
        """Bytes of all tensors that were reduced, gathered or scattered."""
        return sum(message.payload for message in self.messages)

    @property
    def sent(self) -> int:
        """Bytes that each process sends for them."""
        return sum(message.sent for message in self.messages)

    def only(self, **fields: str) -> "Traffic":
        """The messages of which these fields have these values, such as when="backward"."""
        return Traffic([m for m in self.messages if all(getattr(m, name) == value for name, value in fields.items())])


# What torch calls its operations, in both of its interfaces, and which argument holds the whole tensor.
OPERATIONS = {
    "c10d.allreduce_": ("all_reduce", 0),
    "c10d.broadcast_": ("broadcast", 0),
    "c10d.allgather_": ("all_gather", 0),  # (outputs, inputs, …): a list of parts for each tensor
    "c10d._allgather_base_": ("all_gather", 0),  # (output, input, …)
    "c10d._reduce_scatter_base_": ("reduce_scatter", 1),  # (output, input, …)
    "c10d.send": ("send", 0),
    "_c10d_functional.all_reduce": ("all_reduce", 0),
    "_c10d_functional.all_reduce_": ("all_reduce", 0),
    "_c10d_functional.broadcast": ("broadcast", 0),
    "_c10d_functional.all_gather_into_tensor": ("all_gather", None),  # the result
    "_c10d_functional.reduce_scatter_tensor": ("reduce_scatter", 0),
}
SILENT = ("barrier", "wait_tensor", "_wrap_tensor_autograd", "recv_")  # send nothing, or were counted by the sender


class _Counter(TorchDispatchMode):
    """Sees each operation that torch is about to run, also those that DTensor, DDP and FSDP ask for."""

    def __init__(self, traffic: Traffic) -> None:
        super().__init__()
        self.traffic = traffic

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if any(hasattr(kind, "full_tensor") for kind in types):
            return NotImplemented  # DTensor first: it turns this into work on plain tensors, and messages
        result = func(*args, **(kwargs or {}))
        name = str(func).rpartition(".")[0]  # without the overload
        library, _, operation = name.partition(".")
        if library in ("c10d", "_c10d_functional") and operation not in SILENT:
            if name not in OPERATIONS:
                raise NotImplementedError(f"{name} is not among the operations that count_traffic knows")
            operation, argument = OPERATIONS[name]
            tensors = result if argument is None else args[argument]
            self._count(operation, tensors)
        return result

    def _count(self, operation: str, tensors: Tensor | list[Tensor] | list[list[Tensor]]) -> None:
        for tensor in [tensors] if isinstance(tensors, Tensor) else tensors:
            parts = [tensor] if isinstance(tensor, Tensor) else tensor
            shape = tuple(parts[0].shape) if len(parts) == 1 else (len(parts), *parts[0].shape)
            payload = sum(part.numel() * part.element_size() for part in parts)
            sent = sent_bytes(operation, payload, dist.get_world_size())
            self.traffic.messages.append(Message(_when(), operation, shape, payload, sent))


def _when() -> str:
    # The number of the backward pass that this thread works on, or −1.
    return "forward" if torch._C._current_graph_task_id() == -1 else "backward"


@contextmanager
def count_traffic() -> Iterator[Traffic]:
    """Counts what this process and the others say to each other within the block, by tensors, not by packets.

    with count_traffic() as traffic: loss = …; loss.backward()
    """
    traffic = Traffic()
    with _Counter(traffic):
        yield traffic
