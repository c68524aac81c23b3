"""A submitted notebook as data: its cells, and its code as statements. Nothing here runs a line of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib.util.statements import Statement, statements_of

MAX_BYTES = 32 << 20  # of a notebook: pictures in its outputs count
MAX_CELLS = 2_000
MAX_CODE = 500_000  # characters of code in all cells together


class Unreadable(ValueError):
    """A file that is not a notebook; the message says why."""


@dataclass(frozen=True)
class Cell:
    """A cell. number: from 1.   name: the answer or check it is, if its metadata still say so."""

    number: int
    kind: str
    source: str
    name: str = ""


@dataclass(frozen=True)
class Notebook:
    """The cells in order, all top-level statements of the code, and sentences about what could not be read."""

    cells: tuple[Cell, ...]
    statements: tuple[Statement, ...]
    problems: tuple[str, ...] = ()

    def code_of(self, number: int) -> str:
        """The source of a cell."""
        return next(cell.source for cell in self.cells if cell.number == number)


def read_notebook(data: bytes) -> Notebook:
    """The notebook in these bytes. Raises Unreadable if it is not one, or one that no student wrote by hand."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"the file has {len(data) >> 20} MB, a notebook may have {MAX_BYTES >> 20}")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("the file is not text in UTF-8") from None
    except RecursionError:
        raise Unreadable("the JSON is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"the file is not JSON, so not a notebook: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        version = content.get("nbformat") if isinstance(content, dict) else None
        older = " of version 4: open it in JupyterLab and save it again" if version in (1, 2, 3) else ""
        raise Unreadable(f"the file is JSON, but not a notebook{older}")
    if content.get("nbformat", 4) != 4:
        raise Unreadable(f"the notebook is of format {str(content['nbformat'])[:20]}, only 4 can be read")
    if len(content["cells"]) > MAX_CELLS:
        raise Unreadable(f"the notebook has {len(content['cells'])} cells, it may have {MAX_CELLS}")
    problems: list[str] = []
    cells = tuple(_read_cells(content["cells"], problems))
    statements: list[Statement] = []
    left = MAX_CODE
    for cell in cells:
        if cell.kind != "code":
            continue
        left -= len(cell.source)
        if left < 0:
            problems.append(f"cell {cell.number} and all below it are left out: over {MAX_CODE:,} characters of code")
            break
        statements += statements_of(cell.source, cell.number, len(statements), problems)
    return Notebook(cells, tuple(statements), tuple(problems))


def _read_cells(raw_cells: list[object], problems: list[str]) -> Iterator[Cell]:
    for number, raw in enumerate(raw_cells, start=1):
        source = raw.get("source") if isinstance(raw, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(raw, dict) or not isinstance(source, str):
            problems.append(f"cell {number} is malformed")
            continue
        yield Cell(number, str(raw.get("cell_type")), source.replace("\r\n", "\n"), _name(raw))


def _name(raw: dict[str, object]) -> str:
    """nbgrader's id of the cell, else the cell's own."""
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    name = name or raw.get("id")
    return name if isinstance(name, str) else ""
