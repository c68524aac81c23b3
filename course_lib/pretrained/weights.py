"""Safetensors files: what is in them, whether that is what the model needs, and their tensors without a copy.

A file begins with a header of names, types and shapes. Everything is checked there before any weight is read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open

from course_lib.config import ModelConfig
from course_lib.pretrained.architectures import EMBEDDING, HEAD, Row, architecture_of, ignored_names, name_map

FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}  # by their names
NAMED_AT_MOST = 5  # tensors an error lists of each kind
LFS_POINTER = b"version https://git-lfs"


class TensorInfo(NamedTuple):
    """What a header says of one tensor: safetensors' name of its type, such as "F32" or "BF16", and its shape."""

    dtype: str
    shape: tuple[int, ...]


@contextmanager
def open_weights(path: Path) -> Iterator[Any]:
    """The file, memory-mapped. Raises ValueError, naming it and the remedy, if it is not a whole safetensors file."""
    with open(path, "rb") as file:
        start = file.read(len(LFS_POINTER))
    if start == LFS_POINTER:
        raise ValueError(f"{path} is a pointer that git left in place of the file; run `git lfs pull` in its folder")
    try:
        opened = safe_open(path, framework="pt")
    except SafetensorError as error:
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}; it has {path.stat().st_size:,} bytes): "
            "a copy that broke off, or damage; delete the file and copy or download it again"
        ) from error
    with opened as weights:
        yield weights


def read_header(path: str | Path) -> dict[str, TensorInfo]:
    """Names, types and shapes of a safetensors file's tensors; no weight is read.

    Raises ValueError if it is not a whole safetensors file.
    """
    with open_weights(Path(path)) as weights:
        slices = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118  # it is not a dict
        return {name: TensorInfo(part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()}


def shards_of(index: Path) -> list[str]:
    """The files that an index names. Raises ValueError if it cannot be read, or names one outside its folder."""
    try:
        weight_map = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        shards = sorted(set(weight_map.values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{index} is not the index of a checkpoint ({error!r}); download it again") from error
    for shard in shards:
        if not isinstance(shard, str) or not re.fullmatch(r"[\w.-]+\.safetensors", shard):
            raise ValueError(f"{index} names the file {shard!r}; shards must be safetensors in the same folder")
    return shards


def read_headers(paths: Iterable[Path]) -> tuple[dict[str, TensorInfo], dict[str, Path]]:
    """The tensors of all files together, and which file each is in. Raises ValueError if one is in two files."""
    tensors: dict[str, TensorInfo] = {}
    where: dict[str, Path] = {}
    for path in paths:
        for name, info in read_header(path).items():
            if name in tensors:
                raise ValueError(f"{name} is in {where[name].name} and in {path.name}; keep one of the two files")
            tensors[name], where[name] = info, path
    return tensors, where


def rows_for(
    config: ModelConfig, parameters: Mapping[str, tuple[int, ...]], tensors: Mapping[str, TensorInfo], *, tied: bool
) -> list[Row]:
    """Which tensor of the file becomes which parameter, with the names as they are in this file.

    parameters: shape of each of ours.   tied: the head is the embedding; the file may still hold both.
    Raises ValueError, naming tensors, if one is missing, left over, of another shape, or not a floating-point number.
    """
    table = name_map(config)
    saved_without_head = any(row.theirs in tensors for row in table)
    prefix = "" if saved_without_head else architecture_of(config).prefix
    rows = [Row(prefix + row.theirs, row.ours, row.transposed) for row in table]
    if not tied:
        rows.append(HEAD)
    elif HEAD.theirs in tensors:  # two names for one tensor: some writers keep the one, some the other, some both
        rows = [
            Row(HEAD.theirs, EMBEDDING) if row.ours == EMBEDDING and row.theirs not in tensors else row for row in rows
        ]
    known = {row.theirs for row in rows} | {prefix + name for name in ignored_names(config)} | {HEAD.theirs}
    problems = [
        _listed("missing", [row.theirs for row in rows if row.theirs not in tensors]),
        _listed("not expected", [name for name in tensors if name not in known]),
        _listed("of another shape", [text for row in rows for text in _other_shape(row, parameters, tensors)]),
        _listed(
            "not floating-point numbers",
            [f"{row.theirs} ({tensors[row.theirs].dtype})" for row in rows if _is_no_float(row, tensors)],
        ),
    ]
    if any(problems):
        raise ValueError(
            f"the tensors are not those of a {architecture_of(config).model_type} with this config.json: "
            f"{'; '.join(filter(None, problems))}. Nothing was loaded"
        )
    return rows


def _other_shape(row: Row, parameters: Mapping[str, tuple[int, ...]], tensors: Mapping[str, TensorInfo]) -> list[str]:
    if row.theirs not in tensors:
        return []
    expected = parameters[row.ours][::-1] if row.transposed else parameters[row.ours]
    got = tensors[row.theirs].shape
    return [] if got == expected else [f"{row.theirs} is {got} and should be {expected}"]


def _is_no_float(row: Row, tensors: Mapping[str, TensorInfo]) -> bool:
    return row.theirs in tensors and tensors[row.theirs].dtype not in FLOATS


def _listed(what: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
    return f"{len(names)} {what}: {', '.join(names[:NAMED_AT_MOST])}{more}"
