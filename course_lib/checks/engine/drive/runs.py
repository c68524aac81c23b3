"""Exercising what changes a forward pass: a run of a small model from its stream on, with a known answer."""

from collections.abc import Callable
from typing import Any

from torch import Tensor


def call_with_run(answer: Callable, reader: Tensor, *args: Any, **kwargs: Any) -> Any:
    """The value of `answer(run, *args)`, where run(stream (T, C)) is one number that depends on every token's vector.

    reader: (T, C).   The run refuses a stream of another shape, a batch for example.
    """

    def run(stream: Tensor) -> Tensor:
        if stream.shape != reader.shape:
            raise ValueError(f"a run takes a stream of shape {tuple(reader.shape)}, got {tuple(stream.shape)}")
        read = (stream * reader).sum(dim=-1)  # (T,)
        return (read.softmax(dim=0) * stream.tanh().sum(dim=-1)).sum() + read.sum()

    return answer(run, *args, **kwargs)
