"""Progress bars that know when nobody is watching."""

import os
from collections.abc import Iterable
from typing import TypeVar

from tqdm.auto import tqdm

T = TypeVar("T")

QUIET_VARIABLE = "COURSE_QUIET"
SHOWN_AFTER = 0.5  # seconds: a bar for quicker work, such as the calls of a check, would only flicker


def is_quiet() -> bool:
    """True if the environment asks for no bars: the builder and the tests set COURSE_QUIET=1."""
    return os.environ.get(QUIET_VARIABLE, "") not in ("", "0")


def bar(
    iterable: Iterable[T] | None = None,
    *,
    description: str,
    total: int | None = None,
    unit: str = "it",
) -> "tqdm":
    """A progress bar over `iterable`, or one moved by hand with `.update(n)`; nothing when quiet.

    unit: what is counted, such as "story". Bars go to standard error, appear only when the work takes a while, and
    vanish when it is done.
    """
    return tqdm(
        iterable,
        desc=description,
        total=total,
        unit=f" {unit}",
        disable=is_quiet(),
        leave=False,
        delay=SHOWN_AFTER,
    )


def say(text: str) -> None:
    """Print a line, above the bars if there are any."""
    tqdm.write(text)
