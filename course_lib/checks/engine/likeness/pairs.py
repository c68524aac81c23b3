"""What was expected and what came, brought to a form in which the two can be set side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.checks.engine.describe import kind_of_numbers

RELATIVE = 1e-4  # two numbers this near, as a part of their size, are taken for the same
ABSOLUTE = 1e-6


@dataclass(frozen=True)
class Pair:
    """One value of one input that came out otherwise than it should.

    where: its path in the result, "" for the result itself.   inputs, sizes: what was given, by parameters' names.
    """

    where: str
    expected: Any
    got: Any
    inputs: Mapping[str, Tensor] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def tensors(self) -> tuple[Tensor, Tensor] | None:
        """Both as tensors of double precision, or None if one cannot be, or is of a kind that says what is wrong."""
        if self._is_of_another_kind():
            return None
        wanted, got = as_tensor(self.expected), as_tensor(self.got)
        return None if wanted is None or got is None else (wanted, got)

    def _is_of_another_kind(self) -> bool:
        """Another kind of numbers, an array for a tensor, or other keys: then the numbers are not what is wrong."""
        wanted, got = self.expected, self.got
        if isinstance(wanted, Mapping) or isinstance(got, Mapping):
            return not isinstance(wanted, Mapping) or not isinstance(got, Mapping) or wanted.keys() != got.keys()
        if isinstance(wanted, Tensor) and isinstance(got, Tensor):
            return kind_of_numbers(wanted.dtype) != kind_of_numbers(got.dtype)
        return isinstance(wanted, Tensor) and wanted.dim() > 0 and not isinstance(got, Tensor)


Relation = Callable[[Sequence[Pair]], str | None]  # what holds for every pair, in a sentence; None if it does not


def tensors_of(pairs: Sequence[Pair]) -> list[tuple[Tensor, Tensor]]:
    """What was expected and what came, of those that are numbers."""
    return [both for pair in pairs if (both := pair.tensors) is not None]


def every(pairs: Sequence[Pair], holds: Callable[[Tensor, Tensor], bool]) -> bool:
    """Whether it holds for all that are numbers."""
    return all(holds(wanted, got) for wanted, got in tensors_of(pairs))


def as_tensor(value: Any) -> Tensor | None:
    """Numbers in a tensor of double precision, whatever they come in; None for anything else."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value) if value.dtype.kind in "biuf" else None
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)) and not (value and all(isinstance(item, Real) for item in value)):
        return None
    if isinstance(value, (Real, list, tuple)):
        try:
            value = torch.tensor(value, dtype=torch.double)
        except (RuntimeError, ValueError, OverflowError, TypeError):
            return None
    return value.detach().double() if isinstance(value, Tensor) and not value.is_complex() else None


def close(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are of one shape and, but for rounding, the same."""
    if one.shape != other.shape:
        return False
    finite = other[other.isfinite()]
    size = float(finite.abs().max()) if finite.numel() else 0.0
    return torch.allclose(one, other, rtol=RELATIVE, atol=max(ABSOLUTE * size, 1e-12), equal_nan=True)


def differing(
    expected: Any, got: Any, differ: Callable[[Any, Any], bool], where: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """The innermost places at which the two differ: path, expected, got. Lists of numbers are not taken apart."""
    if not differ(expected, got):
        return
    if _are_nested(expected, got) and isinstance(expected, Mapping):
        for key, value in expected.items():
            yield from differing(value, got[key], differ, f"{where}, {key}" if where else f"{key}")
    elif _are_nested(expected, got):
        for index, value in enumerate(expected):
            yield from differing(value, got[index], differ, f"{where or 'result'}[{index}]")
    else:
        yield where, expected, got


def _are_nested(expected: Any, got: Any) -> bool:
    """Whether both hold as many things, and these are looked at one by one."""
    if isinstance(expected, Mapping):
        return isinstance(got, Mapping) and expected.keys() == got.keys()
    if not isinstance(expected, (list, tuple)) or not isinstance(got, (list, tuple)) or len(expected) != len(got):
        return False
    return any(isinstance(item, (Tensor, np.ndarray, Mapping)) for item in expected)


def given(names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[dict, dict]:
    """The tensors among the inputs, and all sizes that can be read off the inputs, both by name."""
    inputs: dict[str, Tensor] = {}
    sizes: dict[str, int] = {}
    for name, value in [*zip(names, args, strict=False), *kwargs.items()]:
        if isinstance(value, Tensor):
            inputs[name] = value.detach()
            sizes |= {f"the size of dimension {dim - value.dim()} of `{name}`": n for dim, n in enumerate(value.shape)}
        elif isinstance(value, int) and not isinstance(value, bool):
            sizes[f"`{name}`"] = value
        elif isinstance(value, (list, tuple, Mapping)):
            sizes[f"the number of entries of `{name}`"] = len(value)
    return inputs, sizes
