"""Texts that are read from right to left, with code, formulas and Latin words in them that are not."""

import re
from collections.abc import Callable, Iterator

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
DIGITS = {"fa": "۰۱۲۳۴۵۶۷۸۹"}  # for numbers in prose; those of code and of outputs stay as they are
ATOMS = ("\ue000", "\uf8ff")  # private characters: each stands for a piece that is read from left to right

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RTL_LETTER = re.compile(f"[{_RTL}]")
# It begins with what stands in code and formulas and goes on, over spaces, to the next letter from right to left.
_RUN = re.compile(rf"[!-{{}}-~√−∞·≤≥→σΣ×≈{ATOMS[0]}-{ATOMS[1]}][^{_RTL}|«»\n]*")
_SAYS = re.compile(rf"[A-Za-z0-9√∞σΣ{ATOMS[0]}-{ATOMS[1]}]")
_AROUND = " .,:;!?…·\u200c\t"  # of the sentence, not of the run
_PAIRS = {")": "(", "]": "[", "}": "{"}


def direction_of(language: str) -> str:
    """ "rtl" or "ltr"."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def in_digits_of(language: str, text: str) -> str:
    """The text with its numbers in the digits that the language has in prose."""
    return text.translate(str.maketrans("0123456789", DIGITS[language])) if language in DIGITS else text


def reads_from_the_right(text: str) -> bool:
    """Whether there is a letter of a script that is written from right to left."""
    return _RTL_LETTER.search(text) is not None


def isolated(text: str, run: Callable[[str], str], rest: Callable[[str], str] = str) -> str:
    """The text with `run` applied to each stretch that is read from left to right, and `rest` to what is between.

    A stretch is code, a formula, a shape or Latin words, together with the brackets that belong to it.
    """
    parts: list[str] = []
    end = 0
    for found in _RUN.finditer(text):
        for start, stop in (_trimmed(text, *span) for span in _before_and_in_brackets(text, *found.span())):
            if start < stop and _SAYS.search(text[start:stop]):
                parts += [rest(text[end:start]), run(text[start:stop])]
                end = stop
    return "".join([*parts, rest(text[end:])])


def _before_and_in_brackets(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The stretch cut at brackets that close outside of it: they belong to the sentence, as in "x. (y is …)"."""
    open_ones: list[int] = []
    for place in range(start, stop):
        if text[place] in _PAIRS.values():
            open_ones.append(place)
        elif text[place] in _PAIRS and open_ones:
            open_ones.pop()
    for place in open_ones:
        yield start, place
        start = place + 1
    yield start, stop


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    """Without the sentence's own punctuation, and without brackets that open or close outside."""
    while start < stop:
        first, last, inside = text[start], text[stop - 1], text[start:stop]
        if (
            (last in _AROUND and not inside.endswith("..."))
            or (last in _PAIRS and inside.count(last) > inside.count(_PAIRS[last]))
            or last in _PAIRS.values()
        ):
            stop -= 1
        elif first in _AROUND or first in _PAIRS or (first in _PAIRS.values() and not _closes(inside)):
            start += 1
        else:
            break
    return start, stop


def _closes(inside: str) -> bool:
    """Whether the bracket at the beginning is closed."""
    opening = inside[0]
    closing = next(close for close, open_ in _PAIRS.items() if open_ == opening)
    return inside.count(closing) >= inside.count(opening)
