"""A short sentence with its numbers: a column per token, a row per number."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from course_lib.show.diagram.drawing import Drawing, headed
from course_lib.show.diagram.picture import Box, Diagram
from course_lib.show.diagram.style import FAINT_INK, LINE, NORMAL, PALE, SMALL, TINTS, WIDTH, text_width

EDGE = 12.0
CELL = 20.0  # height of a row
GROUP_GAP = 8.0  # between the columns of two names
Tables = Mapping[str, list[list[str]]]  # by name: a row of written numbers for each number of a word's vector
Names = Mapping[str, list[str]]
Values = Tensor | Sequence[float] | Sequence[Sequence[float]]


def sentence(
    words: Sequence[str],
    rows: Mapping[str, Values],
    *,
    title: str = "The sentence in numbers",
    names: Mapping[str, Sequence[str]] | None = None,
    lit: int | None = None,
    down: bool | None = None,
) -> Diagram:
    """The words side by side, and below each its numbers; or the words one below another, and beside each its numbers.

    rows: for each name a number per word, (T,), or a vector per word, (T, n).   names: what each number of a vector is
    called, for those rows where it should be written.   lit: the position of a word that is marked.
    down: the words one below another; unless given, where they do not fit side by side.
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
    drawing.say(f"tokens: {' '.join(words)}")
    if down is None:
        down = not _fits(words, tables, named)
    frames = (_words_down if down else _words_across)(drawing, words, tables, named, y)
    for name, table in tables.items():
        for number, row in enumerate(table):
            label = f"{name}, {named[name][number]}" if name in named else f"{name}[{number}]"
            drawing.say(f"{name if len(table) == 1 else label}: {'  '.join(row)}")
    if lit is not None:
        drawing.room(words[lit], frames[lit], parameters=None, lit=True, fill="none")
        drawing.say(f"lit: {words[lit]}")
    return drawing.finished()


def _fits(words: Sequence[str], tables: Tables, named: Names) -> bool:
    """True if all words and numbers have room side by side."""
    width = (WIDTH - EDGE - _left(tables, named)) / len(words)
    cells = [cell for table in tables.values() for row in table for cell in row]
    return max(
        *(text_width(word, SMALL, bold=True) - 4 for word in words), *(text_width(cell, SMALL) + 4 for cell in cells), 0
    ) <= width  # fmt: skip


def _left(tables: Tables, named: Names) -> float:
    """Where the columns begin, behind the names of the rows."""
    shown = [label for name in tables for label in (name, *named.get(name, ()))]
    return EDGE + max([text_width(label, SMALL, bold=True) for label in shown], default=0) + 8


def _words_across(drawing: Drawing, words: Sequence[str], tables: Tables, named: Names, y: float) -> list[Box]:
    """A column per word; returns a frame around each."""
    left, top = _left(tables, named), y
    width = (WIDTH - EDGE - left) / len(words)
    columns = [Box(left + number * width, y, width - 4, 0) for number in range(len(words))]
    for word, column in zip(words, columns, strict=True):
        size = NORMAL if text_width(word, NORMAL, bold=True) <= column.width else SMALL
        drawing.text(column.middle, y, word, size=size, bold=True, within=column.width + 4)
    y += NORMAL * LINE + 6
    for group, (name, table) in enumerate(tables.items()):
        drawing.text(EDGE, y + 2, name, bold=True, anchor="start")
        y += CELL if name in named else 0
        for number, row in enumerate(table):
            if name in named:
                drawing.text(EDGE, y + 2, named[name][number], anchor="start", ink=FAINT_INK)
            for column, cell in zip(columns, row, strict=True):
                _cell(drawing, Box(column.x, y, column.width, CELL), cell, group)
            y += CELL
        y += 8
    return [Box(column.x - 2, top - 3, column.width + 4, y - top - 2) for column in columns]


def _words_down(drawing: Drawing, words: Sequence[str], tables: Tables, named: Names, y: float) -> list[Box]:
    """A row per word; returns a frame around each."""
    left = EDGE + max(text_width(word, SMALL, bold=True) for word in words) + 8
    gaps = GROUP_GAP * (len(tables) - 1)
    width = (WIDTH - EDGE - left - gaps) / max(sum(map(len, tables.values())), 1)
    second_line = y + SMALL * LINE
    top = second_line + (SMALL * LINE if named else 0) + 4
    x = left
    for group, (name, table) in enumerate(tables.items()):
        drawing.text(x + width * len(table) / 2, y, name, bold=True, within=width * len(table) + GROUP_GAP)
        for number, row in enumerate(table):
            if name in named:
                label = named[name][number]
                drawing.text(x + width / 2, second_line, label, ink=FAINT_INK, within=width + 2)
            for place, cell in enumerate(row):
                _cell(drawing, Box(x, top + place * CELL, width - 2, CELL), cell, group)
            x += width
        x += GROUP_GAP
    for place, word in enumerate(words):
        drawing.text(EDGE, top + place * CELL + 2, word, bold=True, anchor="start")
    return [Box(EDGE - 4, top + place * CELL - 1, WIDTH - 2 * EDGE + 6, CELL + 2) for place in range(len(words))]


def _cell(drawing: Drawing, box: Box, number: str, group: int) -> None:
    drawing.box(box, fill=TINTS[group % len(TINTS)], edge=PALE, corner=0)
    drawing.text(box.middle, box.y + 2, number, within=box.width)


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
