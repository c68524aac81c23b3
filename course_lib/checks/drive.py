"""Ways to exercise an answer: each runs it on one input and returns plain data.

Plain data are tensors, arrays, numbers, strings, bytes, None, and lists, tuples, sets and dicts of them. The drivers
know nothing of any exercise, so that they can run where no reference may be: beside a student's code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig


class Misfit(Exception):
    """An answer's module has other parameters than it should; the message names the shapes."""


def call(answer: Callable, *args: Any, **kwargs: Any) -> Any:
    """The value of `answer(*args, **kwargs)`."""
    return answer(*args, **kwargs)


def call_with_gradient(answer: Callable, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """`{"output", "gradients"}` of a function of tensors: the gradient of each floating point argument.

    The output, a tensor, is weighted before it is summed, so that a gradient that is right in sum only is seen.
    """
    inputs = [_require_grad(arg) for arg in args]
    output = answer(*inputs, **kwargs)
    floats = [arg for arg in inputs if _is_float(arg)]
    return {"output": _detached(output), "gradients": _gradients(output, floats)}


def call_module(
    answer: Callable[..., nn.Module],
    init: Sequence[Any],
    weights: Mapping[str, Tensor],
    *inputs: Any,
    **kwargs: Any,
) -> dict[str, Any]:
    """`{"output", "input gradients", "weight gradients"}` of the module `answer(*init)` with the given weights.

    weights: as in the reference's `state_dict()`; given to the answer's parameters by name, else by shape.
    Raises Misfit if the answer's parameters are not of these shapes.
    """
    module = answer(*init)
    if not isinstance(module, nn.Module):
        raise TypeError(f"expected a subclass of nn.Module, got {type(module).__name__}")
    names = load_weights(module, weights)
    prepared = [_require_grad(value) for value in inputs]
    output = module(*prepared, **kwargs)
    parameters = dict(module.named_parameters())
    ordered = [parameters[names[name]] for name in sorted(names)]
    floats = [value for value in prepared if _is_float(value)]
    gradients = _gradients(output, [*floats, *ordered])
    return {
        "output": _detached(output),
        "input gradients": gradients[: len(floats)],
        "weight gradients": dict(zip(sorted(names), gradients[len(floats) :], strict=True)),
    }


def build_module(answer: Callable[..., nn.Module], *init: Any, seed: int) -> dict[str, Any]:
    """`{"weights", "next draw"}` of the module `answer(*init, generator)`: its parameters, a shared one once.

    The next draw is what the seeded generator gives afterwards: it tells whether as much was drawn as should be.
    """
    generator = torch.Generator().manual_seed(seed)
    module = answer(*init, generator)
    if not isinstance(module, nn.Module):
        raise TypeError(f"expected a subclass of nn.Module, got {type(module).__name__}")
    return {
        "weights": [parameter.detach().clone() for parameter in module.parameters()],
        "next draw": torch.rand((), generator=generator).item(),
    }


class TableModel(nn.Module):
    """A language model with known answers: logits are a row of `table`, chosen by the sum of all tokens so far.

    So every token of the context counts. `config.seq_len` is the longest sequence that it accepts.
    """

    def __init__(self, table: Tensor, seq_len: int) -> None:
        super().__init__()
        self.table = table  # (V, V)
        self.config = GPTConfig(vocab_size=len(table), seq_len=seq_len)

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        if idx.shape[-1] > self.config.seq_len:
            raise ValueError(f"the model sees {self.config.seq_len} tokens, got {idx.shape[-1]}")
        return self.table[idx.cumsum(dim=-1) % len(self.table)]


def call_with_model(answer: Callable, table: Tensor, seq_len: int, *args: Any, **kwargs: Any) -> Any:
    """The value of `answer(model, *args)`, where the model is a `TableModel`."""
    return answer(TableModel(table, seq_len), *args, **kwargs)


def configure_twice(
    answer: Callable[..., Any], first: Mapping[str, Any], second: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """Values of `answer(**first)` and `answer(**second)`, made before either is read, and whether they can change."""
    one, other = answer(**first), answer(**second)
    values = [{name: getattr(config, name) for name in names} for config in (one, other)]
    try:
        setattr(one, names[0], 1)
        changeable = True
    except AttributeError:  # dataclasses.FrozenInstanceError is one
        changeable = False
    return {"first": values[0], "second": values[1], "can be changed afterwards": changeable}


def read_fields(answer: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """`{"class", …}` of the dataclass that `answer(*args)` returns: its class's name, then its fields."""
    value = answer(*args, **kwargs)
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"expected a configuration, got {type(value).__name__}")
    return {"class": type(value).__name__, **asdict(value)}


def fill_layers(
    answer: Callable[..., Any], sizes: Mapping[str, tuple[int, int]], tensors: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """All parameters of linear layers, by name, after `answer(layers, tensors)`; before it each number is 0.5.

    sizes: (numbers in, numbers out) of each layer.
    """
    layers = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.fill_(0.5)
    answer(layers, tensors)
    return {name: parameter.detach().clone() for name, parameter in layers.named_parameters()}


def read_dataset(answer: Callable[..., Any], *init: Any) -> dict[str, Any]:
    """`{"length", "windows"}` of the map-style dataset `answer(*init)`: what it says it holds, and all of it."""
    dataset = answer(*init)
    return {"length": len(dataset), "windows": [dataset[index] for index in range(len(dataset))]}


class FakeDevice:
    """A clock that only calls move, so that a timer can be tried without waiting. All times in seconds.

    work: what each call takes.   first_extra: what the first of each takes more.   slow_from: from this time on,
    everything takes twice as long.   queue: calls return at once, and the work goes on behind them, as on a GPU.
    """

    def __init__(
        self, work: Mapping[str, float], first_extra: float = 0.0, queue: bool = False, slow_from: float | None = None
    ) -> None:
        self.now = 0.0
        self.order: list[str] = []
        self._work, self._first_extra, self._queue, self._slow_from = work, first_extra, queue, slow_from
        self._done = 0.0  # when the device will have finished all that was asked of it

    def call(self, name: str) -> None:
        """Do the work of that name, or queue it."""
        seconds = self._work[name] + (0.0 if name in self.order else self._first_extra)
        begin = max(self.now, self._done)
        slow = self._slow_from is not None and begin >= self._slow_from
        self._done = begin + seconds * (2 if slow else 1)
        self.order.append(name)
        if self._queue:
            self.now += 0.01  # to queue it takes a moment
        else:
            self.now = self._done

    def clock(self) -> float:
        """The time."""
        return self.now

    def synchronize(self) -> None:
        """Wait until the device has nothing left to do."""
        self.now = max(self.now, self._done)


def time_on_a_fake_clock(
    answer: Callable[..., Any], work: Mapping[str, float], runs: int, warmup: int, **device: Any
) -> dict[str, Any]:
    """`{"seconds", "order of calls"}` of `answer(calls, runs, warmup, clock, synchronize)` on a `FakeDevice`."""
    fake = FakeDevice(work, **device)
    calls = {name: partial(fake.call, name) for name in work}
    seconds = answer(calls, runs, warmup, fake.clock, fake.synchronize)
    return {"seconds": seconds, "order of calls": fake.order}


def fill_cache(
    answer: Callable[..., Any], init: Sequence[Any], texts: Sequence[Sequence[tuple[Tensor, Tensor]]]
) -> list[list[tuple[Tensor, Tensor]]]:
    """What `append(k, v)` of the cache `answer(*init)` gives back, chunk by chunk, text by text, a reset between."""
    cache = answer(*init)
    given_back = []
    for number, chunks in enumerate(texts):
        if number > 0:
            cache.reset()
        # Copies: a cache may well give back views of what it will write into next.
        given_back.append([tuple(part.detach().clone() for part in cache.append(k, v)) for k, v in chunks])
    return given_back


def load_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, str]:
    """Copy `weights` into the module's parameters and buffers of the same name, else to the next of the same shape.

    Returns which parameter took which weight: weight's name -> parameter's name.
    Raises Misfit if a weight finds no place, or a parameter gets no weight.
    """
    parameters = dict(module.named_parameters())
    buffers = dict(module.named_buffers())
    taken: dict[str, str] = {}
    for name in weights:
        if name in parameters and parameters[name].shape == weights[name].shape:
            taken[name] = name
    for name, weight in weights.items():
        if name in taken or name in buffers:
            continue
        free = [p for p, value in parameters.items() if p not in taken.values() and value.shape == weight.shape]
        if free:
            taken[name] = free[0]
    unplaced = sorted(f"{tuple(weights[n].shape)}" for n in weights if n not in taken and n not in buffers)
    unfilled = sorted(f"{tuple(p.shape)}" for n, p in parameters.items() if n not in taken.values())
    if unplaced or unfilled:
        raise Misfit(
            f"the module lacks parameters of shapes: {', '.join(unplaced) or 'none'}; "
            f"it has parameters too many of shapes: {', '.join(unfilled) or 'none'}"
        )
    with torch.no_grad():
        for name, own_name in taken.items():
            parameters[own_name].copy_(weights[name])
        for name in weights:
            if name in buffers and name not in taken and buffers[name].shape == weights[name].shape:
                buffers[name].copy_(weights[name])
    return taken


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _require_grad(value: Any) -> Any:
    return value.detach().clone().requires_grad_() if _is_float(value) else value


def _detached(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, (tuple, list)):
        return type(value)(_detached(item) for item in value)
    return value


def _gradients(output: Any, inputs: list[Tensor]) -> list[Tensor | None]:
    """Gradient of each input; None where the output does not depend on it at all."""
    if isinstance(output, (tuple, list)):
        output = next((item for item in output if _is_float(item)), None)
    if not _is_float(output) or not output.requires_grad:
        return [None] * len(inputs)
    weights = torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).view(output.shape)
    return list(torch.autograd.grad((output * weights).sum(), inputs, allow_unused=True))
