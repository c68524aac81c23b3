"""Markdown that is read from the right: the prose mirrored, code and formulas in it from left to right."""

import re
from collections.abc import Callable

from course_lib.util.language.direction import ATOMS, isolated

LEFT_TO_RIGHT = '<div dir="ltr">\n\n{text}\n\n</div>'
RIGHT_TO_LEFT = '<div dir="rtl">\n\n{text}\n\n</div>'
# JupyterLab aligns the text of every paragraph to the left; what is inside one may still say otherwise.
PARAGRAPH = '<span style="display: block; text-align: right">{text}</span>'

_FENCED = re.compile(r"^```.*?^```[^\n]*|^<div dir=\"ltr\">.*?^</div>|^\$\$.*?\$\$", re.DOTALL | re.MULTILINE)
_ATOM = re.compile(r"`[^`]+`|\$[^$\n]+\$")  # they read as one Latin word would
_BREAK = re.compile(r"\*+|<[^>]+>|\[!\[.*?\]\(.*?\)\]\(.*?\)|\[[^\]]*\]\([^)]*\)")  # emphasis, tags, a badge, links
_BEGINNING = re.compile(r"\s*(?:[-+*] |\d+\. |#+ |> )*")
_NO_PARAGRAPH = ("|", "<", "[!", "---")  # a row of a table, HTML, a badge, a rule
_SEPARATOR = re.compile(r"\|?(\s*:?-+:?\s*\|)+")


def from_the_right(text: str) -> str:
    """The markdown of a cell, in a division that is read from the right; empty lines keep it markdown."""
    return RIGHT_TO_LEFT.format(text=_outside(text, _FENCED, _prose))


def left_as_it_is(text: str) -> str:
    """A piece that is read from the left, inside one that is not."""
    return LEFT_TO_RIGHT.format(text=text)


def _prose(text: str) -> str:
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if _SEPARATOR.fullmatch(line.strip()):
        return line
    match = _BEGINNING.match(line)
    start = match.end() if match else 0
    atoms: list[str] = []

    def hide(found: re.Match[str]) -> str:
        atoms.append(found[0])
        return chr(ord(ATOMS[0]) + len(atoms) - 1)

    def show(hidden: str) -> str:
        between = f"[{ATOMS[0]}-{ATOMS[1]}]"
        return re.sub(between, lambda found: atoms[ord(found[0]) - ord(ATOMS[0])], hidden)

    def mark(run: str) -> str:
        return f'<bdi dir="ltr">{run}</bdi>'

    hidden = _ATOM.sub(hide, line[start:])
    text = show(_outside(hidden, _BREAK, lambda part: isolated(part, mark)))
    if start or not line.strip() or line.startswith(_NO_PARAGRAPH):
        return line[:start] + text
    return PARAGRAPH.format(text=text)


def _outside(text: str, inside: re.Pattern[str], change: Callable[[str], str]) -> str:
    """The text with `change` applied to what is between the matches of `inside`."""
    parts, end = [], 0
    for found in inside.finditer(text):
        parts += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, change(text[end:])])
