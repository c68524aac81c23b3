"""Calls of modules as a table: one row a call, indented below the module that made it, repeated ones folded."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

NOTHING = "–"  # shown where a module got no input, or had not finished
WIDEST = 48  # characters of a column; longer ones are cut
GAP = "   "  # between columns
HEADINGS = ("module", "input", "output")


@dataclass(eq=False)
class Call:
    """One call of a module. path: its name in the model.   entered, left: when, counted in events."""

    name: str  # relative to the module that called it
    path: str
    kind: str
    inputs: str
    entered: int
    output: str = NOTHING
    left: int = sys.maxsize
    children: list["Call"] = field(default_factory=list)


class Difference(NamedTuple):
    """Where two traces differ. expected: what the reference had there."""

    when: int
    call: Call
    side: str  # "input" or "output"
    expected: str


def table_of_calls(calls: list[Call], difference: Difference | None) -> list[str]:
    """The lines of the table, the first difference from the reference marked."""
    return _table(list(_rows(calls, difference)))


def _rows(calls: list[Call], difference: Difference | None, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """The cells of each row; of neighbours that differ in nothing but a number, only the first is written out."""
    indent = "  " * depth
    start = 0
    while start < len(calls):
        call = calls[start]
        end = start + 1
        while end < len(calls) and _alike(call, calls[end], difference):
            end += 1
        rest = [row for other in calls[start + 1 : end] for row in _rows([other], difference, depth)]
        mark = ""
        if difference is not None and call is difference.call:
            mark = f"← first difference: {difference.side}, in the reference {_cut(difference.expected)}"
        label = f"{call.name}: {call.kind}" if call.name else call.kind
        yield indent + label, _cut(call.inputs), _cut(call.output), mark
        yield from _rows(call.children, difference, depth + 1)
        if len(rest) > 1:
            yield (indent + _names(calls[start + 1 : end]) + ": the same",)
        else:
            yield from rest
        start = end


def _alike(call: Call, other: Call, difference: Difference | None) -> bool:
    if difference is not None and difference.call in (call, other):
        return False
    return (
        re.sub(r"\d+", "", call.name) == re.sub(r"\d+", "", other.name)
        and (call.kind, call.inputs, call.output) == (other.kind, other.inputs, other.output)
        and len(call.children) == len(other.children)
        and all(_alike(a, b, difference) for a, b in zip(call.children, other.children, strict=True))
    )


def _names(calls: list[Call]) -> str:
    first, last = (calls[position].name or calls[position].kind for position in (0, -1))
    if first == last:
        return first if len(calls) == 1 else f"{first}, {len(calls)} calls more"
    return f"{first} … {last}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell; a row of one cell may be wider."""
    rows = [HEADINGS, *rows]
    widths = [max(len(row[column]) for row in rows if len(row) > 1) for column in range(len(HEADINGS))]
    return [
        GAP.join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=False)).rstrip() for row in rows
    ]
