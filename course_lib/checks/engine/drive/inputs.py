"""Whether an answer changed what it was given: its inputs are copied before the call and compared after it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

DEEPEST = 20  # so far into nested lists inputs are looked at
UNCHANGING = frozenset({type(None), bool, int, float, str, bytes})  # most of what inputs consist of
EQUAL = (bool, int, float, str, bytes, set)  # what is as before if it is equal


@dataclass(frozen=True)
class Change:
    """An input that was changed. place: its position, or its name if it was given by name.

    name: what the answer's own signature calls it; "" if it has no name of its own.
    """

    place: int | str
    name: str


class Watched:
    """An answer that is watched: it behaves as it does alone, and `changes` says which inputs its calls changed.

    A module that it returns is watched in the same way whenever it is called.
    """

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer
        self.changes: list[Change] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the answer returns."""
        result = self.watch(self.answer, *args, **kwargs)
        # A module that was not initialised has no room for hooks, and cannot be called either.
        if isinstance(result, nn.Module) and hasattr(result, "_forward_hooks"):
            self._watch_forward(result)
        return result

    def watch(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What `function`, the answer or a method of what it made, returns."""
        before = _all_snapshots(args, kwargs)
        result = function(*args, **kwargs)
        self._compare(before, function, args, kwargs)
        return result

    def _watch_forward(self, module: nn.Module) -> None:
        pending: list[dict[int | str, Any]] = []

        def before(module: nn.Module, args: tuple, kwargs: dict[str, Any]) -> None:
            pending.append(_all_snapshots(args, kwargs))

        def after(module: nn.Module, args: tuple, kwargs: dict[str, Any], output: Any) -> None:
            self._compare(pending.pop(), module.forward, args, kwargs)

        module.register_forward_pre_hook(before, with_kwargs=True)
        module.register_forward_hook(after, with_kwargs=True)

    def _compare(
        self, before: Mapping[int | str, Any], function: Callable[..., Any], args: tuple, kwargs: Mapping[str, Any]
    ) -> None:
        for place, snapshot in before.items():
            if not is_as_before(snapshot, args[place] if isinstance(place, int) else kwargs[place]):
                change = Change(place, _name(function, place))
                if change not in self.changes:
                    self.changes.append(change)


def watch(answer: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, a method of what the answer made, watched as the answer itself is."""
    if not isinstance(answer, Watched):
        return function

    def watched(*args: Any, **kwargs: Any) -> Any:
        return answer.watch(function, *args, **kwargs)

    return watched


def _all_snapshots(args: tuple, kwargs: Mapping[str, Any]) -> dict[int | str, Any]:
    snapshots: dict[int | str, Any] = {name: snapshot(value) for name, value in kwargs.items()}
    return {place: snapshot(value) for place, value in enumerate(args)} | snapshots


def snapshot(value: Any, depth: int = DEEPEST) -> Any:
    """A copy of a value, as `is_as_before` compares it; the value itself where nothing of it can be changed.

    Of a module only its parameters and buffers are looked at, and not their gradients: those are there to be added to.
    """
    if depth == 0 or type(value) in UNCHANGING:
        return value
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, nn.Module):
        return snapshot(_state(value), depth)
    if isinstance(value, Mapping):
        return {key: snapshot(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [snapshot(item, depth - 1) for item in value]
    return set(value) if isinstance(value, set) else value


def is_as_before(before: Any, value: Any) -> bool:
    """Whether a value is what it was when the snapshot `before` was made of it."""
    if before is value:
        return True
    if type(value) in UNCHANGING:
        return isinstance(before, EQUAL) and bool(before == value)
    if isinstance(value, Tensor):
        return isinstance(before, Tensor) and before.dtype == value.dtype and _same_numbers(before, value.detach())
    if isinstance(value, np.ndarray):
        same_kind = isinstance(before, np.ndarray) and before.dtype == value.dtype and before.shape == value.shape
        return same_kind and bool(((before == value) | ((before != before) & (value != value))).all())
    if isinstance(value, (list, tuple)):
        as_many = isinstance(before, list) and len(before) == len(value)
        return as_many and all(map(is_as_before, before, value))
    if isinstance(value, nn.Module):
        value = _state(value)
    if isinstance(value, Mapping):
        keys_are = isinstance(before, dict) and before.keys() == value.keys()
        return keys_are and all(is_as_before(before[key], value[key]) for key in before)
    # Objects of other kinds are looked at no closer: it is enough that they are still the same.
    return isinstance(before, EQUAL) and bool(before == value)


def _same_numbers(before: Tensor, now: Tensor) -> bool:
    """Whether two tensors of one dtype agree in shape and in every number, NaN with NaN."""
    if before.shape != now.shape or torch.equal(before, now):
        return before.shape == now.shape
    if not (before.is_floating_point() or before.is_complex()) or not (nan := before.isnan()).any():
        return False
    return bool(((before == now) | (nan & now.isnan())).all())


def _state(module: nn.Module) -> dict[str, Tensor]:
    return dict(module.named_parameters()) | dict(module.named_buffers())


def _name(function: Callable[..., Any], place: int | str) -> str:
    """What the function calls the input at that place."""
    if isinstance(place, str):
        return place
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # it has none that Python can tell
        return ""
    positional = [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return positional[place] if place < len(positional) else ""
