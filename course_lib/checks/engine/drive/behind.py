"""Handing out what a driver counts with, so that an answer cannot change the count in passing."""

from collections.abc import Callable
from typing import Any


def behind(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, without what it belongs to: of a method the object is an attribute, and the count one of that."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call
