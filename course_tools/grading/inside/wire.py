"""Frames between the grader and a worker: JSON for the form, safetensors for the numbers, no pickle.

A frame is a header (magic, length of the JSON, length of the tensors), the JSON, the tensors. Whatever is not plain
JSON value is a list whose first item says what it is: `["tuple", [...]]`, `["tensor", "0"]`. The reader believes
nothing: sizes are bounded before anything is read, and what cannot be understood raises Malformed. Nor can it be made
slow: parts and numbers are counted, and keys that a table could not tell apart quickly are refused.
"""

import base64
import json
import math
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from safetensors.torch import load as load_tensors

from .tensors import KINDS, save_tensors

HEADER = struct.Struct("!4sII")
MAGIC = b"CG01"
MAX_JSON = 4 << 20  # bytes
MAX_TENSORS = 64 << 20  # bytes
MAX_DEPTH = 40
MAX_PARTS = 200_000  # items of all lists, keys and so on of one value
MAX_NUMBERS = 1 << 18  # in all tensors of one value that is read, one that is named twice counted twice; needed: 20,000
MAX_NAMES = 1 << 20  # bytes in which the tensors are named and described
MAX_SHARED = 50  # different keys with one hash: whole numbers that agree modulo 2 ** 61 - 1 make a table slow
MAX_INTEGER = 1 << 127
DTYPES = frozenset(KINDS)
AS_THEY_ARE = frozenset({type(None), bool, str, float})  # in JSON
ARRAY_KINDS = "biuf"  # numpy's letters for truth values, whole numbers and floating point numbers


class Malformed(Exception):
    """A frame, or a value, that is not as it must be."""


def pack(value: Any, configs: Mapping[str, type] | None = None) -> bytes:
    """A value as a frame. configs: classes of configurations that may be in it, by name.

    Raises Malformed if there is something in it that is not plain data.
    """
    tensors: dict[str, torch.Tensor] = {}
    text = json.dumps(_Writer(tensors, configs or {}).form(value, MAX_DEPTH)).encode()
    blob = save_tensors(tensors) if tensors else b""
    if len(text) > MAX_JSON or len(blob) > MAX_TENSORS:
        raise Malformed(f"a value of {(len(text) + len(blob)) >> 20} MB is too large")
    return HEADER.pack(MAGIC, len(text), len(blob)) + text + blob


def unpack(text: bytes, blob: bytes, configs: Mapping[str, type] | None = None) -> Any:
    """The value of a frame. Raises Malformed."""
    try:
        if blob and int.from_bytes(blob[:8], "little") > MAX_NAMES:
            raise Malformed("too many tensors")
        tensors = load_tensors(blob) if blob else {}
        return _Reader(tensors, configs or {}).value(json.loads(text.decode()), MAX_DEPTH)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"unreadable: {type(error).__name__}") from None


class _Counting:
    """Counts the parts of one value. Raises Malformed if there are too many, or if they are nested too deeply."""

    def __init__(self, tensors: dict[str, torch.Tensor], configs: Mapping[str, type]) -> None:
        self.tensors = tensors
        self.configs = configs
        self._left = MAX_PARTS
        self._numbers_left = MAX_NUMBERS

    def count(self, depth: int) -> None:
        """One part more, at this depth that is left."""
        self._left -= 1
        if self._left < 0:
            raise Malformed(f"a value of more than {MAX_PARTS:,} parts is too large")
        if depth == 0:
            raise Malformed("a value is nested too deeply")


class _Writer(_Counting):
    """Makes what JSON can hold of a value."""

    def form(self, value: Any, depth: int) -> Any:
        """The value, in which `depth` more levels may be."""
        self.count(depth)
        kind_of_value = type(value)
        if kind_of_value in AS_THEY_ARE or (kind_of_value is int and -MAX_INTEGER < value < MAX_INTEGER):
            return value
        if kind_of_value is torch.Tensor:
            return ["tensor", _add(value, self.tensors)]
        if isinstance(value, str):
            return str(value)
        if isinstance(value, (np.bool_, np.integer, np.floating)):
            return self.form(value.item(), depth)
        if isinstance(value, int) and abs(int(value)) >= MAX_INTEGER:
            raise Malformed("a whole number is too large")
        if isinstance(value, (int, float)):
            return int(value) if isinstance(value, int) else float(value)
        if isinstance(value, (bytes, bytearray)):
            return ["bytes", base64.b64encode(value).decode()]
        if isinstance(value, torch.Tensor):
            return ["tensor", _add(value, self.tensors)]
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in ARRAY_KINDS:
                raise Malformed(f"an array of {value.dtype} is not plain data")
            return ["array", _add(torch.from_numpy(np.ascontiguousarray(value).reshape(value.shape)), self.tensors)]
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                return [kind.__name__, [self.form(item, depth - 1) for item in value]]
        if isinstance(value, Mapping):
            pairs = [[self.form(key, depth - 1), self.form(item, depth - 1)] for key, item in value.items()]
            return ["counter" if isinstance(value, Counter) else "dict", pairs]
        name = type(value).__name__
        if self.configs.get(name) is type(value):
            parts = {item.name: self.form(getattr(value, item.name), depth - 1) for item in fields(value)}  # type: ignore[arg-type]
            return ["config", name, parts]
        raise Malformed(f"a value of type {name} is not plain data")


def _add(tensor: torch.Tensor, tensors: dict[str, torch.Tensor]) -> str:
    if tensor.dtype not in DTYPES or tensor.layout != torch.strided:
        raise Malformed(f"a tensor of {tensor.dtype}, {tensor.layout}, is not plain data")
    name = str(len(tensors))
    tensors[name] = tensor.detach().cpu().resolve_neg()
    return name


class _Reader(_Counting):
    """Makes a value of what JSON held."""

    def value(self, form: Any, depth: int) -> Any:
        """The value of a form, in which `depth` more levels may be."""
        self.count(depth)
        if form is None or isinstance(form, (bool, str, float)):
            return form
        if isinstance(form, int):
            if abs(form) >= MAX_INTEGER:
                raise Malformed("a whole number is too large")
            return form
        if not isinstance(form, list):
            raise Malformed("an object where none may be")
        kind, *rest = form
        if kind == "bytes":
            return base64.b64decode(rest[0], validate=True)
        if kind in ("tensor", "array"):
            tensor = self._tensor(rest[0])
            return tensor if kind == "tensor" else tensor.numpy()
        if kind in ("list", "tuple"):
            items = [self.value(item, depth - 1) for item in rest[0]]
            return items if kind == "list" else tuple(items)
        if kind in ("set", "frozenset"):
            keys = [self.value(item, depth - 1) for item in rest[0]]
            _require_quick(keys)
            return set(keys) if kind == "set" else frozenset(keys)
        if kind in ("dict", "counter"):
            pairs = [(self.value(key, depth - 1), self.value(item, depth - 1)) for key, item in rest[0]]
            _require_quick([key for key, _ in pairs])
            return dict(pairs) if kind == "dict" else Counter(dict(pairs))
        if kind == "config":
            return self.configs[rest[0]](**{key: self.value(item, depth - 1) for key, item in rest[1].items()})
        raise Malformed(f"values of kind {kind!r} are unknown")

    def _tensor(self, name: Any) -> torch.Tensor:
        """The tensor of this name, if it is not too large: also one without numbers, a sum of which would have many."""
        tensor = self.tensors[name]
        if tensor.dtype not in DTYPES:
            raise Malformed(f"a tensor of {tensor.dtype}")
        self._numbers_left -= math.prod(max(side, 1) for side in tensor.shape)
        if self._numbers_left < 0:
            raise Malformed(f"tensors of more than {MAX_NUMBERS:,} numbers are too large")
        return tensor


def _require_quick(keys: list[Any]) -> None:
    """Raises Malformed if so many keys have the same hash that a table of them would take time by its square."""
    if len(keys) > MAX_SHARED and max(Counter(map(hash, keys)).values()) > MAX_SHARED:
        raise Malformed("keys that cannot be told apart quickly")
