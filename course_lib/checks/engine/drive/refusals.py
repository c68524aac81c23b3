"""Exercising a function that has to refuse some inputs, and to say which numbers do not fit together."""

import re
from collections.abc import Callable, Sequence
from typing import Any


def call_to_be_refused(answer: Callable, *args: Any, names: Sequence[int] = (), **kwargs: Any) -> Any:
    """The value of `answer(*args, **kwargs)`, or what is wrong with the message of the ValueError that it raised.

    names: the numbers that the message has to tell.
    """
    try:
        return answer(*args, **kwargs)
    except ValueError as error:
        told = set(re.findall(r"\d+", str(error)))
        missing = [str(number) for number in names if str(number) not in told]
        if missing:
            return f"a ValueError whose message does not name {' and '.join(missing)}"
        raise
