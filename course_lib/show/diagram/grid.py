"""A short sentence with its numbers: a column per token, a row per number."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from course_lib.show.diagram.drawing import Drawing, headed
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.style import FAINT_INK, LINE, NORMAL, PALE, SMALL, TINTS, WIDTH, text_width

EDGE = 12.0
CELL = 20.0  # height of a row
Values = Tensor | Sequence[float] | Sequence[Sequence[float]]


def sentence(
    words: Sequence[str],
    rows: Mapping[str, Values],
    *,
    title: str = "The sentence in numbers",
    names: Mapping[str, Sequence[str]] | None = None,
    lit: int | None = None,
) -> Diagram:
    """The words side by side, and below each its numbers.

    rows: for each name a number per word, (T,), or a vector per word, (T, n).   names: what each number of a vector is
    called, for those rows where it should be written.   lit: the position of a word whose column is marked.
    Raises ValueError if there is not one number or vector for each word, or a position is not in the sentence.
    """
    T = len(words)
    if T == 0:
        raise ValueError("a sentence has at least one word")
    if lit is not None and not 0 <= lit < T:
        raise ValueError(f"lit must be a position from 0 to {T - 1}, got {lit}")
    tables = {name: _table(name, values, words) for name, values in rows.items()}
    named = {name: list(labels) for name, labels in (names or {}).items()}
    for name, labels in named.items():
        if name not in tables or len(labels) != len(tables[name]):
            raise ValueError(f"names: {name!r} needs to be a row with one name for each of its numbers, got {labels}")
    drawing, y = headed(title)
    shown = [label for name in tables for label in (name, *named.get(name, ()))]
    left = EDGE + max([text_width(label, SMALL, bold=True) for label in shown], default=0) + 8
    width = (WIDTH - EDGE - left) / T
    columns = [Box(left + number * width, y, width - 4, 0) for number in range(T)]
    top = y
    for word, column in zip(words, columns, strict=True):
        _word(drawing, word, column, y)
    y += NORMAL * LINE + 6
    drawing.say(f"tokens: {' '.join(words)}")
    for group, (name, table) in enumerate(tables.items()):
        y = _group(drawing, name, table, named.get(name), columns, y, TINTS[group % len(TINTS)])
    if lit is not None:
        column = columns[lit]
        drawing.room(
            words[lit],
            Box(column.x - 2, top - 3, column.width + 4, y - top - 2),
            parameters=None,
            lit=True,
            fill="none",
        )
        drawing.say(f"lit: {words[lit]}")
    return drawing.finished()


def _table(name: str, values: Values, words: Sequence[str]) -> list[list[str]]:
    """A row of written numbers for each number of a word's vector."""
    tensor = torch.as_tensor(values).detach().cpu()
    if tensor.dim() not in (1, 2) or tensor.shape[0] != len(words):
        raise ValueError(
            f"row {name!r}: expected a number for each of {len(words)} words, ({len(words)},), or a vector for each, "
            f"({len(words)}, n), got {tuple(tensor.shape)}"
        )
    whole = not tensor.is_floating_point()
    return [[written(number, whole) for number in row] for row in tensor.reshape(len(words), -1).T.tolist()]


def written(number: float, whole: bool = False) -> str:
    """With two digits behind the point unless it is a whole number, and a minus as long as a plus."""
    if number in (float("inf"), float("-inf")):
        text = f"{number:.0f}".replace("inf", "∞")
    elif whole:
        text = f"{number:,.0f}"
    else:
        text = f"{round(number, 2) + 0.0:.2f}"  # + 0.0: there is no −0.00
    return text.replace("-", "−")


def _word(drawing: Drawing, word: str, column: Box, y: float) -> None:
    size = NORMAL if text_width(word, NORMAL, bold=True) <= column.width else SMALL
    drawing.text(column.middle, y, word, size=size, bold=True, within=column.width + 4)


def _group(
    drawing: Drawing,
    name: str,
    table: list[list[str]],
    labels: list[str] | None,
    columns: list[Box],
    y: float,
    tint: str,
) -> float:
    """The rows of one name; returns where they end."""
    if labels:
        drawing.text(EDGE, y + 2, name, bold=True, anchor="start")
        y += CELL
    for number, row in enumerate(table):
        if labels:
            drawing.text(EDGE, y + 2, labels[number], anchor="start", ink=FAINT_INK)
        elif number == 0:
            drawing.text(EDGE, y + 2, name, bold=True, anchor="start")
        for column, cell in zip(columns, row, strict=True):
            drawing.box(Box(column.x, y, column.width, CELL), fill=tint, edge=PALE, corner=0)
            drawing.text(column.middle, y + 2, cell, within=column.width)
        y += CELL
        label = f"{name}, {labels[number]}" if labels else name if len(table) == 1 else f"{name}[{number}]"
        drawing.say(f"{label}: {'  '.join(row)}")
    return y + 8
