"""Frames between the grader and a worker: JSON for the form, bytes for the numbers of tensors, no pickle.

A frame is a header (magic, length of the JSON, length of the numbers), the JSON, the numbers. Whatever is not plain
JSON value is a list whose first item says what it is: `["tuple", [...]]`, `["tensor", "f32", [2, 3]]`. The reader
believes nothing: sizes are bounded before anything is read, and what cannot be understood raises Malformed. Nor can it
be made slow: parts and numbers are counted, and keys that a table could not tell apart quickly are refused.

Lists of nothing but numbers and text, which most are, are gone through by Python itself and not item by item.
"""

import base64
import json
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import torch

from .tensors import NAMES, Numbers, TooLarge, numbers_of

HEADER = struct.Struct("!4sII")
MAGIC = b"CG02"
MAX_JSON = 4 << 20  # bytes
MAX_TENSORS = 64 << 20  # bytes
MAX_DEPTH = 40
MAX_PARTS = 200_000  # items of all lists, keys and so on of one value
MAX_NUMBERS = 1 << 18  # in all tensors of one value that is read; needed: 20,000
MAX_SHARED = 50  # different keys with one hash: whole numbers that agree modulo 2 ** 61 - 1 make a table slow
MAX_INTEGER = 1 << 127
AS_THEY_ARE = frozenset({type(None), bool, str, float})  # in JSON
SIMPLE = AS_THEY_ARE | {int}
ARRAY_KINDS = "biuf"  # numpy's letters for truth values, whole numbers and floating point numbers
ENCODER = json.JSONEncoder(check_circular=False, separators=(",", ":"))  # circles are found by counting levels


class Malformed(Exception):
    """A frame, or a value, that is not as it must be."""


def pack(value: Any, configs: Mapping[str, type] | None = None) -> bytes:
    """A value as a frame. configs: classes of configurations that may be in it, by name.

    Raises Malformed if there is something in it that is not plain data.
    """
    writer = _Writer(configs or {})
    text = ENCODER.encode(writer.form(value, MAX_DEPTH)).encode()
    blob = b"".join(writer.numbers)
    if len(text) > MAX_JSON or len(blob) > MAX_TENSORS:
        raise Malformed(f"a value of {(len(text) + len(blob)) >> 20} MB is too large")
    return HEADER.pack(MAGIC, len(text), len(blob)) + text + blob


def unpack(text: bytes, blob: bytes, configs: Mapping[str, type] | None = None) -> Any:
    """The value of a frame. Raises Malformed."""
    try:
        reader = _Reader(bytearray(blob), configs or {})
        value = reader.value(json.loads(text.decode()), MAX_DEPTH)
        if not reader.numbers.done:
            raise Malformed("numbers that belong to no tensor")
        return value
    except Malformed:
        raise
    except TooLarge:
        raise Malformed(f"tensors of more than {MAX_NUMBERS:,} numbers are too large") from None
    except Exception as error:
        raise Malformed(f"unreadable: {type(error).__name__}") from None


class _Counting:
    """Counts the parts of one value. Raises Malformed if there are too many, or if they are nested too deeply."""

    def __init__(self, configs: Mapping[str, type]) -> None:
        self.configs = configs
        self._left = MAX_PARTS

    def count(self, depth: int, parts: int = 1) -> None:
        """So many parts more, at this depth that is left."""
        self._left -= parts
        if self._left < 0:
            raise Malformed(f"a value of more than {MAX_PARTS:,} parts is too large")
        if depth == 0 and parts:
            raise Malformed("a value is nested too deeply")

    def are_simple(self, items: list | tuple, depth: int) -> bool:
        """Whether all are what JSON holds as it is; then they are counted. Raises Malformed for too large a number."""
        kinds = set(map(type, items))
        if not kinds <= SIMPLE:
            return False
        self.count(depth, len(items))
        if int in kinds:
            numbers = items if len(kinds) == 1 else [item for item in items if type(item) is int]
            if max(numbers) >= MAX_INTEGER or min(numbers) <= -MAX_INTEGER:
                raise Malformed("a whole number is too large")
        return True


class _Writer(_Counting):
    """Makes what JSON can hold of a value. numbers: of the tensors met so far."""

    def __init__(self, configs: Mapping[str, type]) -> None:
        super().__init__(configs)
        self.numbers: list[bytes] = []

    def form(self, value: Any, depth: int) -> Any:
        """The value, in which `depth` more levels may be."""
        self.count(depth)
        kind_of_value = type(value)
        if kind_of_value in AS_THEY_ARE or (kind_of_value is int and -MAX_INTEGER < value < MAX_INTEGER):
            return value
        if kind_of_value is torch.Tensor:
            return ["tensor", *self._tensor(value)]
        if kind_of_value is list or kind_of_value is tuple:
            return [kind_of_value.__name__, self._items(value, depth - 1)]
        if kind_of_value is dict:
            return ["dict", self._items(list(value), depth - 1), self._items(list(value.values()), depth - 1)]
        return self._rare(value, depth)

    def _rare(self, value: Any, depth: int) -> Any:
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
            return ["tensor", *self._tensor(value)]
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in ARRAY_KINDS:
                raise Malformed(f"an array of {value.dtype} is not plain data")
            return ["array", *self._tensor(torch.from_numpy(np.ascontiguousarray(value).reshape(value.shape)))]
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                return [kind.__name__, self._items(list(value), depth - 1)]
        if isinstance(value, Mapping):
            pairs = list(value.items())
            kind_name = "counter" if isinstance(value, Counter) else "dict"
            sides = (self._items([pair[side] for pair in pairs], depth - 1) for side in (0, 1))
            return [kind_name, *sides]
        name = type(value).__name__
        if self.configs.get(name) is type(value):
            parts = {item.name: self.form(getattr(value, item.name), depth - 1) for item in fields(value)}  # type: ignore[arg-type]
            return ["config", name, parts]
        raise Malformed(f"a value of type {name} is not plain data")

    def _items(self, items: list | tuple, depth: int) -> list | tuple:
        return items if self.are_simple(items, depth) else [self.form(item, depth) for item in items]

    def _tensor(self, tensor: torch.Tensor) -> tuple[str, list[int]]:
        name = NAMES.get(tensor.dtype)
        if name is None or tensor.layout != torch.strided:
            raise Malformed(f"a tensor of {tensor.dtype}, {tensor.layout}, is not plain data")
        self.numbers.append(numbers_of(tensor.detach().cpu().resolve_neg()))
        return name, list(tensor.shape)


class _Reader(_Counting):
    """Makes a value of what JSON held. numbers: of its tensors."""

    def __init__(self, blob: bytearray, configs: Mapping[str, type]) -> None:
        super().__init__(configs)
        self.numbers = Numbers(blob, MAX_NUMBERS)

    def value(self, form: Any, depth: int) -> Any:
        """The value of a form, in which `depth` more levels may be."""
        self.count(depth)
        kind_of_form = type(form)
        if kind_of_form in AS_THEY_ARE:
            return form
        if kind_of_form is int:
            if abs(form) >= MAX_INTEGER:
                raise Malformed("a whole number is too large")
            return form
        if kind_of_form is not list:
            raise Malformed("an object where none may be")
        kind, *rest = form
        if kind == "tensor":
            return self.numbers.next(*rest)
        if kind in ("list", "tuple"):
            items = self._items(rest[0], depth - 1)
            return items if kind == "list" else tuple(items)
        if kind in ("dict", "counter"):
            keys, items = self._items(rest[0], depth - 1), self._items(rest[1], depth - 1)
            _require_quick(keys)
            pairs = dict(zip(keys, items, strict=True))
            return pairs if kind == "dict" else Counter(pairs)
        if kind in ("set", "frozenset"):
            keys = self._items(rest[0], depth - 1)
            _require_quick(keys)
            return set(keys) if kind == "set" else frozenset(keys)
        if kind == "bytes":
            return base64.b64decode(rest[0], validate=True)
        if kind == "array":
            return self.numbers.next(*rest).numpy()
        if kind == "config":
            return self.configs[rest[0]](**{key: self.value(item, depth - 1) for key, item in rest[1].items()})
        raise Malformed(f"values of kind {kind!r} are unknown")

    def _items(self, items: Any, depth: int) -> list[Any]:
        if type(items) is not list:
            raise Malformed("a value where a list should be")
        return items if self.are_simple(items, depth) else [self.value(item, depth) for item in items]


def _require_quick(keys: list[Any]) -> None:
    """Raises Malformed if so many keys have the same hash that a table of them would take time by its square."""
    if len(keys) > MAX_SHARED and max(Counter(map(hash, keys)).values()) > MAX_SHARED:
        raise Malformed("keys that cannot be told apart quickly")
