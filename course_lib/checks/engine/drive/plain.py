"""Making plain data of what an answer returned; what cannot be made plain is named, with what to do about it."""

from collections import Counter
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

DEEPEST = 30  # lists within lists
LARGEST = 1 << 127  # whole numbers are smaller than this
DTYPES = {
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
}  # fmt: skip


class NotPlain(Exception):
    """A value that is not plain data; the message says what it is, and what would be."""


def plain(value: Any, depth: int = DEEPEST) -> Any:
    """The same value of tensors on the CPU without their graphs, arrays, numbers, text, and lists, sets, dicts of them.

    Raises NotPlain, whose message continues "expected …, got".
    """
    if depth == 0:
        raise NotPlain("lists within lists without end")
    if value is None or type(value) in (bool, float, str, bytes):
        return value
    if isinstance(value, Tensor):
        return plain_tensor(value)
    if isinstance(value, np.ndarray):
        return _plain_array(value)
    if isinstance(value, np.generic):
        return plain(_plain_array(np.asarray(value)).item(), depth)
    if isinstance(value, int):
        return _plain_integer(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, (str, bytes)):
        return str(value) if isinstance(value, str) else bytes(value)
    if isinstance(value, bytearray):
        return bytearray(value)
    if isinstance(value, (list, tuple)):
        items = [plain(item, depth - 1) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, (set, frozenset)):
        return (set if isinstance(value, set) else frozenset)(_plain_key(item) for item in value)
    if isinstance(value, Mapping):
        made = {_plain_key(key): plain(value[key], depth - 1) for key in value}
        return Counter(made) if isinstance(value, Counter) else made
    raise NotPlain(_named(value))


def plain_tensor(value: Tensor) -> Tensor:
    """The numbers of a tensor, wherever and however it holds them. Raises NotPlain if it holds none."""
    if value.is_meta:
        raise NotPlain("a tensor on the device 'meta', which has a shape and no numbers")
    if value.is_nested:
        raise NotPlain("a nested tensor: make one tensor of it, with padding where the parts are shorter")
    if value.layout != torch.strided:
        raise NotPlain("a sparse tensor: make a dense one of it with .to_dense()")
    if value.dtype not in DTYPES:
        kind = "complex numbers" if value.is_complex() else "a rare kind"
        raise NotPlain(f"a tensor of {kind} ({value.dtype})")
    return value.detach().as_subclass(Tensor).cpu().resolve_neg()


def _plain_array(value: np.ndarray) -> np.ndarray:
    if value.dtype.kind not in "biuf":
        kinds = {"c": "complex numbers", "U": "text", "S": "bytes", "O": "Python objects"}
        raise NotPlain(f"an array of {kinds.get(value.dtype.kind, 'a rare kind')} ({value.dtype})")
    value = value.astype(value.dtype.newbyteorder("="), copy=False)
    try:
        torch.from_numpy(np.zeros(0, value.dtype))
    except TypeError:  # as long doubles: a kind of numbers that torch lacks
        value = value.astype(np.float64 if value.dtype.kind == "f" else np.int64)
    return np.ascontiguousarray(value).reshape(value.shape)  # torch knows no negative strides


def _plain_integer(value: int) -> int:
    if abs(int(value)) >= LARGEST:
        raise NotPlain(f"a whole number of more than {len(str(LARGEST))} digits")
    return int(value)


def _plain_key(key: Any) -> Any:
    if isinstance(key, Tensor):
        raise NotPlain("a dict or set whose keys are tensors: two equal ones are two keys; take numbers (.item())")
    if isinstance(key, (list, dict)):
        raise NotPlain("a dict or set whose keys are lists")
    return plain(key)


def _named(value: Any) -> str:
    kind = type(value).__name__
    if isinstance(value, nn.Module):
        return f"a module ({kind}) itself: call it"
    if isinstance(value, type) or callable(value):
        return f"the {'class' if isinstance(value, type) else 'function'} {getattr(value, '__name__', kind)} itself"
    if hasattr(value, "__iter__"):
        return f"something to loop over (a {kind}): make a list of it with list(…)"
    return f"a {kind}, which is not plain data"
