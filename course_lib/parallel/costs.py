"""How many bytes a training step sends, from the sizes alone: what `count_traffic` must find."""

from typing import NamedTuple

from course_lib.config import GPTConfig, LlamaConfig

FLOAT32 = 4  # bytes


class Bytes(NamedTuple):
    """payload: of the tensors that are reduced, gathered or scattered.   sent: by each process, with a ring."""

    payload: int
    sent: int


def sent_bytes(operation: str, payload: int, n_processes: int) -> int:
    """Bytes that each of n processes sends, so that all together do `operation` on a tensor of `payload` bytes.

    On a ring, where n chunks go round: all_gather and reduce_scatter once, (n − 1)/n of the payload; all_reduce is one
    after the other, 2·(n − 1)/n. In a broadcast n − 1 processes each get one. `send` is one tensor.
    What goes over the network is this and some headers. An exception is gloo, which makes a reduce_scatter of an
    all_reduce, and sends twice as much; nccl does not.
    Raises ValueError if the operation is not one of these.
    """
    rounds = {"all_reduce": 2, "all_gather": 1, "reduce_scatter": 1, "broadcast": 1}
    if operation == "send":
        return payload
    if operation not in rounds:
        raise ValueError(f"unknown operation {operation!r}; there are {', '.join(rounds)} and send")
    return rounds[operation] * payload * (n_processes - 1) // n_processes


def data_parallel_bytes(n_parameters: int, n_processes: int, *, bytes_per_value: int = FLOAT32) -> Bytes:
    """A step of data parallelism: one all-reduce of every gradient, whatever the batch."""
    payload = n_parameters * bytes_per_value
    return Bytes(payload, sent_bytes("all_reduce", payload, n_processes))


def fsdp_bytes(n_parameters: int, n_outside_blocks: int, n_processes: int, *, bytes_per_value: int = FLOAT32) -> Bytes:
    """A step of FSDP: weights are gathered for forward, those of blocks again for backward; gradients are scattered.

    n_outside_blocks: parameters of embeddings, head and last norm, which stay gathered between the two passes.
    Exact where n divides the first dimension of every parameter; else each is padded to a multiple of n.
    """
    gathered = (2 * n_parameters - n_outside_blocks) * bytes_per_value
    scattered = n_parameters * bytes_per_value
    sent = sent_bytes("all_gather", gathered, n_processes) + sent_bytes("reduce_scatter", scattered, n_processes)
    return Bytes(gathered + scattered, sent)


def tensor_parallel_bytes(
    config: GPTConfig | LlamaConfig,
    batch_size: int,
    n_processes: int,
    *,
    seq_len: int | None = None,
    bytes_per_value: int = FLOAT32,
) -> Bytes:
    """A step of tensor parallelism: all-reduces of activations, whatever the number of parameters.

    Of (B, T, C): two a block forward (after attention, after the MLP), two backward; one for the embedding forward,
    one for the head backward. Of (B, T): three for the loss (maximum, sum of exponentials, the target's logit).
    seq_len: T, `config.seq_len` unless given.
    """
    positions = batch_size * (config.seq_len if seq_len is None else seq_len)  # B·T
    activations = (4 * config.n_layer + 2) * positions * config.n_embd * bytes_per_value
    loss = 3 * positions * bytes_per_value
    # Each all-reduce is rounded by itself where n does not divide it.
    sent = (4 * config.n_layer + 2) * sent_bytes("all_reduce", positions * config.n_embd * bytes_per_value, n_processes)
    sent += 3 * sent_bytes("all_reduce", positions * bytes_per_value, n_processes)
    return Bytes(activations + loss, sent)
