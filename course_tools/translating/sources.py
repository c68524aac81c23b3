"""A source cell by cell in another language: what is looked up, and under which heading it stands."""

from collections.abc import Callable
from dataclasses import replace

from course_tools.authoring.cells import Cell, Source
from course_tools.translating.blocks import blocks, heading_of, is_prose, joined
from course_tools.translating.code_strings import translated_code

# Called with the heading that a text stands under and the text; None leaves it as it is.
Translate = Callable[[str, str], str | None]


class _Reader:
    """Goes through the cells of a source and remembers the latest heading."""

    def __init__(self, prose: Translate, in_code: Translate) -> None:
        self._prose, self._in_code = prose, in_code
        self._heading = ""

    def cell(self, cell: Cell) -> Cell:
        if cell.type == "code":
            return replace(cell, source=translated_code(cell, lambda text: self._in_code(self._heading, text)))
        pieces = [self._block(block) for block in blocks(cell.source)]
        fold = None if cell.fold is None else self._in_code(self._heading, cell.fold) or cell.fold
        return replace(cell, source=joined(pieces), fold=fold)

    def _block(self, block: str) -> str:
        self._heading = heading_of(block) or self._heading
        if not is_prose(block):
            return block
        translated = self._prose(self._heading, block)
        return block if translated is None else translated


def translated_source(source: Source, prose: Translate, in_code: Translate) -> Source:
    """The source with its markdown through `prose`, and the texts in its code and its folds through `in_code`."""
    reader = _Reader(prose, in_code)
    return replace(source, cells=tuple(reader.cell(cell) for cell in source.cells))


def texts_of(source: Source) -> list[tuple[str, str]]:
    """What there is to translate, with the heading above it, in order, nothing twice."""
    found: dict[tuple[str, str], None] = {}

    def note(heading: str, text: str) -> None:
        found[heading, text] = None

    translated_source(source, note, note)
    return list(found)
