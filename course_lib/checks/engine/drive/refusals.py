"""Exercising a function that has to refuse what is too long, and to say which numbers do not fit together."""

import re
from collections.abc import Callable
from typing import Any

from torch import Tensor


def look_up(answer: Callable, idx: Tensor, *tables: Tensor) -> Any:
    """The value of `answer(idx, *tables)`, or what the message of the ValueError that it raised does not tell.

    It has to name the number of tokens, of idx (B, T), and that of rows in the last table.
    """
    try:
        return answer(idx, *tables)
    except ValueError as error:
        told = set(re.findall(r"\d+", str(error)))
        missing = [str(number) for number in (idx.shape[1], len(tables[-1])) if str(number) not in told]
        if missing:
            return f"a ValueError whose message does not name {' and '.join(missing)}"
        raise
