"""Exercising what makes or fills an object: configurations, layers, data sets, caches."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks.engine.describe import a_kind
from course_lib.checks.engine.drive.inputs import watch
from course_lib.checks.engine.drive.misfit import Misfit


def configure_twice(
    answer: Callable[..., Any], first: Mapping[str, Any], second: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """Values of `answer(**first)` and `answer(**second)`, made before either is read, and what a change raises."""
    one, other = answer(**first), answer(**second)
    values = [{name: getattr(config, name) for name in names} for config in (one, other)]
    raised = "nothing"
    try:
        setattr(one, names[0], 1)
    except AttributeError:  # dataclasses.FrozenInstanceError is one
        raised = "AttributeError"
    except Exception as error:
        raised = type(error).__name__
    return {"first": values[0], "second": values[1], "what setting a field raises": raised}


def read_fields(answer: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """`{"class", …}` of the dataclass that `answer(*args)` returns: its class's name, then its fields."""
    value = answer(*args, **kwargs)
    if not is_dataclass(value) or isinstance(value, type):
        raise Misfit(f"expected a configuration, a GPTConfig or a LlamaConfig, got {a_kind(value)}", "no configuration")
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

    def make_and_read(*init: Any) -> dict[str, Any]:
        dataset = answer(*init)
        return {"length": len(dataset), "windows": [dataset[index] for index in range(len(dataset))]}

    return watch(answer, make_and_read)(*init)


def fill_cache(
    answer: Callable[..., Any],
    init: Sequence[Any],
    texts: Sequence[Sequence[tuple[Tensor, Tensor]]],
    *,
    too_many: tuple[Tensor, Tensor] | None = None,
) -> dict[str, dict[str, Tensor]]:
    """The keys and values that `append(k, v)` of the cache `answer(*init)` gives back, a reset between two texts.

    too_many: a chunk that does not fit, offered after the first of each text; that it is refused changes nothing.
    """
    cache = answer(*init)
    append = watch(answer, cache.append)
    given_back: dict[str, dict[str, Tensor]] = {}
    for number, chunks in enumerate(texts):
        if number > 0:
            cache.reset()
        # Copies: a cache may well give back views of what it will write into next.
        for index, (k, v) in enumerate(chunks):
            if index == 1 and too_many is not None:
                with contextlib.suppress(ValueError):
                    append(*too_many)
            keys, values = _pair(append(k, v))
            given_back[f"what append gives back for chunk {index + 1} of text {number + 1}"] = {
                "keys": keys.detach().clone(),
                "values": values.detach().clone(),
            }
    return given_back


def _pair(given_back: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(given_back, (tuple, list)) or len(given_back) != 2:
        raise Misfit(f"append gives back two tensors, keys and values; yours gave {a_kind(given_back)}", "no pair")
    return given_back[0], given_back[1]
