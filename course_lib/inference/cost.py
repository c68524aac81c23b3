"""What a token costs: bytes that are read, operations that are done, and the time that a machine needs for the two."""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.inference.quantized_model import QuantizedLinear


class Machine(NamedTuple):
    """How fast a machine is: bytes per second from memory, and operations per second on numbers that it has."""

    bandwidth: float
    flops: float

    def seconds(self, flops: float, num_bytes: float) -> float:
        """The roofline: the larger of the two times  (Williams et al. 2009). No program can be faster."""
        return max(flops / self.flops, num_bytes / self.bandwidth)

    @property
    def balance(self) -> float:
        """Operations per byte at which the two times are equal. With fewer, the machine waits for memory."""
        return self.flops / self.bandwidth


def measure_machine(size: int = 2048, runs: int = 5) -> Machine:
    """Bandwidth from a matrix times a vector, operations from a matrix times a matrix, with numbers of float32.

    size: rows and columns of the matrix. It must not fit into the processor's own memory: 2048 makes 16 MiB.
    Raises ValueError unless both are at least 1.
    """
    if min(size, runs) < 1:
        raise ValueError(f"size and runs must be at least 1, got {size=}, {runs=}")
    matrix = torch.ones(size, size)
    vector = torch.ones(size)
    bandwidth = matrix.nbytes / _fastest(lambda: matrix @ vector, runs)
    flops = 2 * size**3 / _fastest(lambda: matrix @ matrix, runs)
    return Machine(bandwidth, flops)


def weight_bytes(model: nn.Module) -> int:
    """Bytes of all parameters and buffers; memory that two names share counts once."""
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in _held(model)}
    return sum(storages.values())


def bytes_per_token(model: nn.Module, context: int, batch_size: int = 1) -> float:
    """Bytes read from memory for one new token of each text, divided by the number of texts.

    Each matrix is read once for the whole batch; keys and values are read once for each text, as each has its own.
    An embedding table that is not also the head is not counted: a token reads one row of it.
    context: tokens in the cache of each text. Raises ValueError if the batch is empty or the context negative.
    """
    _require_sizes(context, batch_size)
    numbers = sum(tensor.nbytes for tensor in _matrices(model).values())
    return numbers / batch_size + context * _cache_bytes(model)


def flops_per_token(model: nn.Module, context: int) -> int:
    """Operations for one new token: 2 for each number of each matrix, and 4 · L · H · D for each earlier token."""
    _require_sizes(context, 1)
    products = sum(2 * layer.in_features * layer.out_features for layer in _layers(model))
    config = model.config
    width = config.n_head * config.head_dim  # type: ignore[union-attr,operator]
    return products + 4 * config.n_layer * width * context  # type: ignore[union-attr,operator,return-value]


def _held(model: nn.Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]


def _layers(model: nn.Module) -> list[nn.Linear | QuantizedLinear]:
    return [module for module in model.modules() if isinstance(module, nn.Linear | QuantizedLinear)]


def _matrices(model: nn.Module) -> dict[int, Tensor]:
    """What the products read, by address: numbers, scales and biases of all linear layers."""
    tensors = [tensor for layer in _layers(model) for tensor in _held(layer)]
    return {tensor.data_ptr(): tensor for tensor in tensors}


def _cache_bytes(model: nn.Module) -> int:
    """Bytes of the keys and values of one token in all layers."""
    return model.make_cache(1, 1).num_bytes  # type: ignore[operator]


def _require_sizes(context: int, batch_size: int) -> None:
    if context < 0 or batch_size < 1:
        raise ValueError(f"expected context >= 0 and batch_size >= 1, got {context=}, {batch_size=}")


def _fastest(call: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest of several calls, the first of which only warms up."""
    call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
