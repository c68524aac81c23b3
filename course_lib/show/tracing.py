"""Shapes in a model, seen from outside: which module was called with what, and where it departs from another model."""

import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.show.call_table import NOTHING, Call, Difference, table_of_calls


@contextmanager
def trace_shapes(model: nn.Module, reference: nn.Module | None = None) -> Iterator[None]:
    """Print, on leaving the `with` block, the shapes that went into and came out of each module called inside it.

    One row a call, in order, indented below the module that made it; calls that repeat are folded. The table is
    printed also when an exception leaves the block, so that it shows how far the model came.

    reference: a model that is run on the inputs of `model`, without gradients. The first place in time where the
    shapes of the two differ is marked. Calls are matched by name and order, and by class where names differ.

    Only calls are seen, as in `self.proj(x)`, not `self.proj.forward(x)` and no functions.
    Raises TypeError if one of the two is not a module but, for instance, its class.
    """
    for given in (model, reference):
        if given is not None and not isinstance(given, nn.Module):
            raise TypeError(f"trace_shapes takes a model, an instance of nn.Module, got {given!r}")
    recorder = _Recorder(model, reference)
    try:
        with recorder.attached():
            yield
    finally:
        print(_report(recorder, has_reference=reference is not None))


class _Recorder:
    """Hooks that write down the calls of `model`'s modules, and those of the reference on the same inputs."""

    def __init__(self, model: nn.Module, reference: nn.Module | None = None) -> None:
        self.calls: list[Call] = []  # those that no recorded call made
        self.reference_calls: list[Call] = []
        self.reference_error: Exception | None = None
        self._model = model
        self._reference = reference
        self._paths = {module: path for path, module in model.named_modules()}
        self._open: list[Call] = []
        self._events = itertools.count()
        self._paused = False  # while the reference runs: it may share modules with the model

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Record what is called inside the `with` block."""
        handles = []
        try:
            for module in self._paths:
                handles.append(module.register_forward_pre_hook(self._enter, with_kwargs=True, prepend=True))
                handles.append(module.register_forward_hook(self._return))
                handles.append(module.register_forward_hook(self._leave, always_call=True))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, args: tuple, kwargs: dict[str, Any]) -> None:
        if self._paused:
            return
        if module is self._model and not self._open:
            self._run_reference(args, kwargs)
        path = self._paths[module]
        name = path.removeprefix(f"{self._open[-1].path}.") if self._open else path
        inputs = ", ".join([*map(_shapes, args), *(f"{key}={_shapes(value)}" for key, value in kwargs.items())])
        call = Call(name, path, type(module).__name__, inputs or NOTHING, next(self._events))
        (self._open[-1].children if self._open else self.calls).append(call)
        self._open.append(call)

    def _return(self, module: nn.Module, args: tuple, output: Any) -> None:
        if not self._paused:
            self._open[-1].output = _shapes(output)

    def _leave(self, module: nn.Module, args: tuple, output: Any) -> None:
        # Called when `forward` returned, after `_return`, and also when it raised.
        if self._paused:
            return
        call = self._open.pop()
        call.left = next(self._events)
        error = sys.exc_info()[0]
        if call.output == NOTHING and error is not None:
            call.output = f"raised {error.__name__}"

    def _run_reference(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if self._reference is None:
            return
        recorder = _Recorder(self._reference)
        self._paused = True
        try:
            # The model must draw the same random numbers as without a reference.
            with torch.random.fork_rng(devices=range(torch.cuda.device_count())), torch.no_grad(), recorder.attached():
                self._reference(*args, **kwargs)
        except Exception as error:
            self.reference_error = error
        finally:
            self._paused = False
            self.reference_calls += recorder.calls


def _shapes(value: Any) -> str:
    """Tensors as (2, 3), lists and tuples as [(2, 3), (4,) × 2], small things as they are, others by their class."""
    if isinstance(value, Tensor):
        return str(tuple(value.shape))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shapes(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        counted = [(text, len(list(group))) for text, group in itertools.groupby(map(_shapes, value))]
        return "[" + ", ".join(text if count == 1 else f"{text} × {count}" for text, count in counted) + "]"
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    return type(value).__name__


def _pairs(calls: list[Call], others: list[Call]) -> Iterator[tuple[Call | None, Call | None]]:
    """Calls that correspond, with all that are below them: by name, then by class; None beside one without partner."""
    calls, others = list(calls), list(others)
    for key in ("name", "kind"):
        for call in list(calls):
            other = next((other for other in others if getattr(other, key) == getattr(call, key)), None)
            if other is not None:
                calls.remove(call)
                others.remove(other)
                yield call, other
                yield from _pairs(call.children, other.children)
    yield from ((call, None) for call in calls)
    yield from ((None, other) for other in others)


def _first_difference(pairs: list[tuple[Call | None, Call | None]]) -> Difference | None:
    """The earliest event, entering a module or leaving it, at which the shapes are not the reference's."""
    differences = []
    for call, other in pairs:
        if call is None or other is None:
            continue
        if call.inputs != other.inputs:
            differences.append(Difference(call.entered, call, "input", other.inputs))
        if call.output != other.output:
            differences.append(Difference(call.left, call, "output", other.output))
    return min(differences, default=None, key=lambda difference: difference.when)


def _report(recorder: _Recorder, *, has_reference: bool) -> str:
    if not recorder.calls:
        return "No module was called: call the model inside the `with` block."
    pairs = list(_pairs(recorder.calls, recorder.reference_calls))
    difference = _first_difference(pairs)
    lines = table_of_calls(recorder.calls, difference)
    if recorder.reference_error is not None:
        kind = type(recorder.reference_error).__name__
        lines.append(f"The reference raised {kind}: {recorder.reference_error}")
    elif has_reference and not recorder.reference_calls:
        lines.append("The reference was not run: only parts of the model were called, not the model itself.")
    elif has_reference:
        lines += _only("Only here", [call for call, other in pairs if other is None])
        lines += _only("Only in the reference", [other for call, other in pairs if call is None])
        if difference is None:
            lines.append("All shapes are those of the reference.")
    return "\n".join(lines)


def _only(where: str, calls: list[Call | None]) -> list[str]:
    labels = dict.fromkeys(call.path or call.kind for call in calls if call is not None)
    return [f"{where}: {', '.join(labels)}"] if labels else []
