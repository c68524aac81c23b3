"""Frames between the grader and a worker: JSON for the form, safetensors for the numbers, no pickle.

A frame is a header (magic, length of the JSON, length of the tensors), the JSON, the tensors. Whatever is not plain
JSON value is a list whose first item says what it is: `["tuple", [...]]`, `["tensor", "0"]`. The reader believes
nothing: sizes are bounded before anything is read, and what cannot be understood raises Malformed.
"""

import base64
import json
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

HEADER = struct.Struct("!4sII")
MAGIC = b"CG01"
MAX_JSON = 4 << 20  # bytes
MAX_TENSORS = 64 << 20  # bytes
MAX_DEPTH = 40
MAX_INTEGER = 1 << 127
CHUNK = 1 << 16  # bytes read at a time
DTYPES = {
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
}  # fmt: skip
ARRAY_KINDS = "biuf"  # numpy's letters for truth values, whole numbers and floating point numbers


class Malformed(Exception):
    """A frame, or a value, that is not as it must be."""


class Closed(Exception):
    """The other side is gone."""


class Late(Exception):
    """The other side took too long."""


def pack(value: Any, configs: Mapping[str, type] | None = None) -> bytes:
    """A value as a frame. configs: classes of configurations that may be in it, by name.

    Raises Malformed if there is something in it that is not plain data.
    """
    tensors: dict[str, torch.Tensor] = {}
    text = json.dumps(_form(value, tensors, configs or {}, MAX_DEPTH)).encode()
    blob = save_tensors(tensors) if tensors else b""
    if len(text) > MAX_JSON or len(blob) > MAX_TENSORS:
        raise Malformed(f"a value of {(len(text) + len(blob)) >> 20} MB is too large")
    return HEADER.pack(MAGIC, len(text), len(blob)) + text + blob


def unpack(text: bytes, blob: bytes, configs: Mapping[str, type] | None = None) -> Any:
    """The value of a frame. Raises Malformed."""
    try:
        tensors = load_tensors(blob) if blob else {}
        return _value(json.loads(text), tensors, configs or {}, MAX_DEPTH)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"unreadable: {type(error).__name__}") from None


def _form(value: Any, tensors: dict[str, torch.Tensor], configs: Mapping[str, type], depth: int) -> Any:
    if depth == 0:
        raise Malformed("a value is nested too deeply")
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, (np.bool_, np.integer, np.floating)):
        return _form(value.item(), tensors, configs, depth)
    if isinstance(value, int):
        if abs(int(value)) >= MAX_INTEGER:
            raise Malformed("a whole number is too large")
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (bytes, bytearray)):
        return ["bytes", base64.b64encode(value).decode()]
    if isinstance(value, torch.Tensor):
        return ["tensor", _add(value.detach(), tensors)]
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in ARRAY_KINDS:
            raise Malformed(f"an array of {value.dtype} is not plain data")
        return ["array", _add(torch.from_numpy(np.ascontiguousarray(value).reshape(value.shape)), tensors)]

    def form(item: Any) -> Any:
        return _form(item, tensors, configs, depth - 1)

    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return [kind.__name__, [form(item) for item in value]]
    if isinstance(value, Mapping):
        kind_name = "counter" if isinstance(value, Counter) else "dict"
        return [kind_name, [[form(key), form(item)] for key, item in value.items()]]
    name = type(value).__name__
    if configs.get(name) is type(value):
        return ["config", name, {item.name: form(getattr(value, item.name)) for item in fields(value)}]  # type: ignore[arg-type]
    raise Malformed(f"a value of type {name} is not plain data")


def _add(tensor: torch.Tensor, tensors: dict[str, torch.Tensor]) -> str:
    if tensor.dtype not in DTYPES or tensor.layout != torch.strided:
        raise Malformed(f"a tensor of {tensor.dtype}, {tensor.layout}, is not plain data")
    name = str(len(tensors))
    tensors[name] = tensor.cpu().contiguous().clone()
    return name


def _value(form: Any, tensors: Mapping[str, torch.Tensor], configs: Mapping[str, type], depth: int) -> Any:
    if depth == 0:
        raise Malformed("a value is nested too deeply")
    if form is None or isinstance(form, (bool, str, float)):
        return form
    if isinstance(form, int):
        if abs(form) >= MAX_INTEGER:
            raise Malformed("a whole number is too large")
        return form
    if not isinstance(form, list):
        raise Malformed("an object where none may be")
    kind, *rest = form

    def value(item: Any) -> Any:
        return _value(item, tensors, configs, depth - 1)

    if kind == "bytes":
        return base64.b64decode(rest[0], validate=True)
    if kind in ("tensor", "array"):
        tensor = tensors[rest[0]]
        if tensor.dtype not in DTYPES:
            raise Malformed(f"a tensor of {tensor.dtype}")
        return tensor if kind == "tensor" else tensor.numpy()
    if kind == "list":
        return [value(item) for item in rest[0]]
    if kind == "tuple":
        return tuple(value(item) for item in rest[0])
    if kind == "set":
        return {value(item) for item in rest[0]}
    if kind == "frozenset":
        return frozenset(value(item) for item in rest[0])
    if kind in ("dict", "counter"):
        made = {value(key): value(item) for key, item in rest[0]}
        return made if kind == "dict" else Counter(made)
    if kind == "config":
        return configs[rest[0]](**{key: value(item) for key, item in rest[1].items()})
    raise Malformed(f"values of kind {kind!r} are unknown")


class Channel:
    """One end of a connected socket, that sends and receives whole frames."""

    def __init__(self, connection: socket.socket, configs: Mapping[str, type] | None = None) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._configs = configs or {}

    def send(self, value: Any, seconds: float = 10.0, *, configs: Mapping[str, type] | None = None) -> None:
        """Send a value. Raises Malformed if it is not plain data, Closed or Late if it cannot be delivered."""
        view = memoryview(pack(value, self._configs if configs is None else configs))
        deadline = time.monotonic() + seconds
        while view:
            self._wait(select.POLLOUT, deadline)
            try:
                view = view[self._connection.send(view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Closed from error

    def receive(self, seconds: float | None) -> Any:
        """The next value, or Closed, Late or Malformed. seconds: for the whole frame; None waits for ever."""
        deadline = None if seconds is None else time.monotonic() + seconds
        magic, text, blob = HEADER.unpack(self._read(HEADER.size, deadline))
        if magic != MAGIC or text > MAX_JSON or blob > MAX_TENSORS:
            raise Malformed("this is not a frame")
        return unpack(bytes(self._read(text, deadline)), bytes(self._read(blob, deadline)), self._configs)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _read(self, count: int, deadline: float | None) -> bytearray:
        data = bytearray()
        while len(data) < count:
            self._wait(select.POLLIN, deadline)
            try:
                piece = self._connection.recv(min(CHUNK, count - len(data)))
            except BlockingIOError:
                continue
            except OSError as error:
                raise Closed from error
            if not piece:
                raise Closed
            data += piece
        return data

    def _wait(self, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._connection, event)
        remaining = None if deadline is None else deadline - time.monotonic()
        if remaining is not None and remaining <= 0:
            raise Late
        if not poll.poll(None if remaining is None else remaining * 1000):
            raise Late
