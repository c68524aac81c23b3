"""The built-in stories after an accident: text as it is found, with known damage at known rates.

Whoever looks at data before training on it hunts for what is here. How much there is of each kind stands in
`ACCIDENTS`, and which story it has befallen in the column `accident`, so that the hunter can be told at the end.
"""

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

from course_lib.corpus.generator import generate
from course_lib.corpus.words import POOLS

UNHARMED = "none"
# Each kind and the share of all stories that it befalls.
ACCIDENTS = {
    "wrong decoding": 0.040,  # curly quotes in UTF-8, read as Windows-1252
    "repeated": 0.030,  # the text of an earlier story, once more
    "cut off": 0.030,  # the end is missing
    "markup": 0.020,  # what a web page leaves behind
    "another kind": 0.015,  # no story at all
    "empty": 0.010,
}
REACH = 200  # how many stories back a repetition may lie

T = TypeVar("T")
Uniform = Callable[[], float]


def wild(split: str) -> Iterator[tuple[str, str]]:
    """The stories of a split, without end, each with the accident that befell it; the same on every machine."""
    earlier: list[str] = []
    for number, story in enumerate(generate(split)):
        uniform = random.Random(2 * number + (split == "validation")).random
        accident = _drawn(uniform())
        earlier = [*earlier[-REACH:], story.text]
        yield _befallen(story.text, accident, earlier, uniform), accident


def _drawn(point: float) -> str:
    """The accident at this point of [0, 1), on which each kind has its share."""
    for accident, share in ACCIDENTS.items():
        if point < share:
            return accident
        point -= share
    return UNHARMED


def _befallen(text: str, accident: str, earlier: list[str], uniform: Uniform) -> str:
    if accident == "wrong decoding":
        return _wrongly_decoded(text)
    if accident == "repeated":
        return earlier[int(uniform() * (len(earlier) - 1))]
    if accident == "cut off":
        return text[: int((0.2 + 0.6 * uniform()) * len(text))]
    if accident == "markup":
        return _with_markup(text, uniform)
    if accident == "another kind":
        return _another_kind(uniform)
    return _pick(("", " ", "\n"), uniform) if accident == "empty" else text


def _wrongly_decoded(text: str) -> str:
    """Straight quotes made curly, written as UTF-8 and read as Windows-1252: “ becomes â€œ."""
    pieces = text.split('"')
    curly = pieces[0] + "".join(f"{'“' if i % 2 == 0 else '”'}{piece}" for i, piece in enumerate(pieces[1:]))
    curly = curly.replace("'", "’")
    # The last byte of ” means nothing in Windows-1252; programs pass it on as it is.
    return "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in curly.encode("utf-8"))


def _with_markup(text: str, uniform: Uniform) -> str:
    leftover = _pick(
        (
            lambda: "<p>" + text.replace("\n\n", "</p><p>") + "</p>",
            lambda: text.replace("\n\n", "<br /><br />"),
            lambda: text.replace('"', "&quot;"),
            lambda: text.replace(". ", ".&nbsp;"),
            lambda: f"{text}\n\nRead more | Share | Print this page",
            lambda: f"[image: story{int(uniform() * 1_000):03d}.jpg]\n{text}",
        ),
        uniform,
    )
    return leftover()


def _another_kind(uniform: Uniform) -> str:
    def any_of(pool: str) -> str:
        return _pick(POOLS[pool], uniform)

    number = 1 + int(uniform() * 30)
    return _pick(
        (
            lambda: f"Recipe: {any_of('food')}. Mix, wait {number} minutes, and bake at {150 + 5 * number} degrees.",
            lambda: f"{any_of('town')}: {any_of('bad weather')}, {number} degrees, wind from the west.",
            lambda: f"For sale: {any_of('color')} {any_of('carrier')}, hardly used. Call after {number % 12} o'clock.",
            lambda: f"{any_of('town')} {number % 5} : {any_of('town')} {number % 4}, after extra time.",
            lambda: f"def price(n):\n    return {number} * n  # {any_of('food')}",
        ),
        uniform,
    )()


def _pick(options: tuple[T, ...], uniform: Uniform) -> T:
    return options[int(uniform() * len(options))]
