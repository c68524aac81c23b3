"""Measuring: parameters, times that can be compared, and memory."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Timing(NamedTuple):
    """Seconds a call: the median over the runs, and the smallest and largest of them."""

    median: float
    fastest: float
    slowest: float


def num_params(model: nn.Module) -> int:
    """Number of trainable and frozen parameters; one that is shared (a tied head) counts once."""
    return sum(parameter.numel() for parameter in model.parameters())


def synchronize() -> None:
    """Wait until the accelerator, if there is one, has finished what was asked of it."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()


def processor_seconds() -> float:
    """Seconds that processors have worked for this program, all threads together; no work of an accelerator.

    Windows counts them in steps of 16 ms, too coarse for a short call: there it is the wall clock.
    """
    return time.perf_counter() if sys.platform == "win32" else time.process_time()


def interleaved_seconds(
    calls: Mapping[str, Callable[[], object]],
    *,
    runs: int = 7,
    warmup: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each call in each of `runs` rounds: each is warmed up, then they take turns, so a slow spell hits all.

    Item i of every list is of the same round. clock: with `processor_seconds` other programs are not counted. Raises
    ValueError if `runs` is less than 1.
    """
    if runs < 1:
        raise ValueError(f"runs must be at least 1, got {runs}")
    for _ in range(warmup):
        for call in calls.values():
            call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            synchronize()
            start = clock()
            call()
            synchronize()
            seconds[name].append(clock() - start)
    return seconds


def time_interleaved(calls: Mapping[str, Callable[[], object]], *, runs: int = 7, warmup: int = 1) -> dict[str, Timing]:
    """The median, smallest and largest of `interleaved_seconds` of several calls, by name."""
    seconds = interleaved_seconds(calls, runs=runs, warmup=warmup)
    return {name: Timing(statistics.median(taken), min(taken), max(taken)) for name, taken in seconds.items()}


@torch.inference_mode()
def time_forward(model: nn.Module, *inputs: Tensor, runs: int = 7, warmup: int = 1) -> Timing:
    """Seconds that `model(*inputs)` takes, without gradients."""
    return time_interleaved({"forward": lambda: model(*inputs)}, runs=runs, warmup=warmup)["forward"]


def kept_for_backward(call: Callable[[], object]) -> int:
    """Bytes of memory that `call()` keeps alive for its backward pass, its inputs among them; shared memory once."""
    sizes: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = call()  # held while we count, so that no address is given out twice
    del result
    return sum(sizes.values())
