"""Dataclasses from the plain data that JSON holds of them."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def from_plain(kind: type[T], plain: Mapping[str, Any]) -> T:
    """A dataclass from what `dataclasses.asdict` made of it. Raises ValueError if it does not fit."""
    hints = typing.get_type_hints(kind)
    try:
        return kind(**{name: _value(hints[name], value) for name, value in plain.items()})
    except (KeyError, TypeError) as error:
        raise ValueError(f"this does not read as {kind.__name__}: {error}") from error


def _value(hint: Any, value: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return None if value is None else _value(typing.get_args(hint)[0], value)
    if typing.get_origin(hint) is tuple:
        return tuple(_value(typing.get_args(hint)[0], item) for item in value)
    return from_plain(hint, value) if dataclasses.is_dataclass(hint) and isinstance(hint, type) else value
