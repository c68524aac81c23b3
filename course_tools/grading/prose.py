"""Finding prose in a notebook, wherever a student wrote it: in the stub, in other cells, in the question itself."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from course_lib.util.notebook import Cell, Notebook

HEADING = "## "
AROUND = "<div "  # in which a translation puts a whole cell, so that it is read from the right


@dataclass(frozen=True)
class Prose:
    """What a student wrote on a question. text: None if there is nothing.   elsewhere: cells of theirs that no
    question in prose is near."""

    text: str | None
    elsewhere: tuple[int, ...] = ()


def find_prose(
    notebook: Notebook, handout: Notebook, name: str, questions: Collection[str], answers: Collection[str]
) -> Prose:
    """The prose that answers the question `name`.

    Found by its cell's name, of whatever kind the cell is now, and by what was written below the question's heading or
    into what stood there: some write in cells of their own, some into the question, and some tools lose the names.
    What was written below the last exercise of all belongs to it.

    questions: names of all questions in prose.   answers: names of all exercises.
    """
    parts = _Parts(handout, answers)
    with_code = {statement.cell for statement in notebook.statements if not _is_text(statement.node)}
    named = [cell.source for cell in notebook.cells if cell.name == name and cell.kind in ("markdown", "raw", "code")]
    if name not in parts.place:
        return Prose(named[0] if named else None)
    written = [text for text in named if text.strip() not in parts.handed_out]
    elsewhere = []
    for cell, heading in parts.placed(notebook):
        if cell.name == name:
            continue
        near = cell.number not in with_code and heading == parts.heading_of(name)
        text = parts.written_in(cell) if cell.kind != "code" or near else ""
        if heading in parts.section_of(name):
            written.append(text)
        elif cell.kind == "markdown" and text and not any(heading in parts.section_of(one) for one in questions):
            elsewhere.append(cell.number)
    text = "\n\n".join(dict.fromkeys(part for part in written if part.strip()))
    stub = handout.cells[parts.place[name]].source
    return Prose(text or (named[0] if named else stub), () if text else tuple(elsewhere))


class _Parts:
    """The notebook that was handed out, as its headings part it. place: of each answer, among its cells."""

    def __init__(self, handout: Notebook, answers: Collection[str]) -> None:
        self._cells = handout.cells
        self.handed_out = {cell.source.strip() for cell in handout.cells}
        self.place: dict[str, int] = {}
        for index, cell in enumerate(handout.cells):
            if cell.name in answers:
                self.place.setdefault(cell.name, index)
        self._headings = [i for i, cell in enumerate(handout.cells) if _top(cell.source).startswith(HEADING)]
        self._last = max(self.place.values(), default=0)
        self._by_name = {cell.name: i for i, cell in enumerate(handout.cells) if cell.name}
        # The longest first: of two headings that begin alike the one that says more is meant.
        tops = [(_top(handout.cells[i].source), i) for i in self._headings]
        self._tops = sorted(tops, key=lambda top: -len(top[0]))

    def section_of(self, name: str) -> range:
        """Places of what was handed out for a question; that of the last exercise goes on to the end."""
        place = self.place.get(name)
        if place is None:
            return range(0)
        after = [i for i in self._headings if place < i < self._last]
        return range(self.heading_of(name), min(after, default=len(self._cells)))

    def heading_of(self, name: str) -> int:
        """The place of the heading above an answer."""
        return max((i for i in self._headings if i <= self.place[name]), default=self.place[name])

    def placed(self, notebook: Notebook) -> Iterator[tuple[Cell, int]]:
        """Each cell of a student's notebook with the place of the heading it stands under, -1 above the first."""
        heading = -1
        for cell in notebook.cells:
            heading = next(iter(self._heading(cell)), heading)
            yield cell, heading

    def _heading(self, cell: Cell) -> Iterator[int]:
        if self._by_name.get(cell.name) in self._headings:
            yield self._by_name[cell.name]
        elif cell.kind == "markdown" and _top(cell.source).startswith(HEADING):
            first = _top(cell.source)
            yield from (i for top, i in self._tops if first.startswith(top))

    def written_in(self, cell: Cell) -> str:
        """What a student wrote in a cell beside the answers; "" if nothing. A new cell is one of code at first."""
        if cell.source.strip() in self.handed_out or cell.name in self.place:
            return ""
        origin = self._origin(cell) if cell.kind != "code" else None
        return cell.source if origin is None else _added(cell.source, origin.source)

    def _origin(self, cell: Cell) -> Cell | None:
        """The cell that was handed out and became this one: of its name, or with a line of it at the top."""
        if cell.name in self._by_name:
            return self._cells[self._by_name[cell.name]]
        top = _top(cell.source)
        same = (one for one in self._cells if one.kind == "markdown" and one.source.strip())
        return next((one for one in same if top.startswith(_top(one.source))), None)


def _added(text: str, origin: str) -> str:
    """The lines of a text that its origin has not, and the ends of lines that it has.  Spaces do not count."""
    known = sorted({_plain(line) for line in origin.split("\n")} - {""}, key=len, reverse=True)
    whole = set(known)
    lines = []
    for line in text.split("\n"):
        plain = _plain(line)
        begun = next((one for one in known if plain.startswith(f"{one} ")), "")
        lines.append("" if plain in whole else plain[len(begun) :].strip() if begun else line)
    return "\n".join(lines).strip()


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is nothing but a text or a number."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _top(text: str) -> str:
    """The first line, which tells a heading; the one behind what is around a translated cell."""
    lines = text.split("\n")
    if lines[0].startswith(AROUND):
        lines = [line for line in lines[1:] if line.strip()] or lines
    return _plain(lines[0])


def _plain(line: str) -> str:
    """A line as it is compared: with single spaces."""
    return " ".join(line.split())
