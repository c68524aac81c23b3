"""CSV that people and course systems wrote, read so that no line and no cell of it is lost in silence."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from course_tools.grading.outputs.tables import unguard

DELIMITERS = (",", ";", "\t")  # spreadsheets save with a semicolon where the comma parts decimals
QUOTE = 'put what is one cell between quotation marks ("), and write a quotation mark in it twice ("")'


@dataclass(frozen=True)
class Table:
    """A table. headings: its first row.   rows: the others, each as long.   lines: the line in which each begins."""

    headings: list[str]
    rows: list[list[str]]
    lines: list[int]
    delimiter: str

    def by_heading(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Each row with its line: its cells by their headings, as they were typed, without spaces around them."""
        for line, row in zip(self.lines, self.rows, strict=True):
            yield line, {name: unguard(cell).strip() for name, cell in zip(self.headings, row, strict=True)}


def read_table(path: Path, required: Iterable[str] = (), *, known: Iterable[str] = (), guess: bool = True) -> Table:
    """The table in a CSV file. Rows that are shorter than the headings are filled up with empty cells.

    required: headings that must be there.   known: those that may be; neither may stand there twice.
    guess: text that is not in UTF-8 or UTF-16 is taken for what Excel on Windows calls CSV.

    Raises ValueError, and names the line, if it cannot be read as CSV, if a quotation mark opens a cell that does not
    end or that swallows lines, or if a row has more cells than there are headings; also if it has no rows or no text,
    or if its headings are not as they must be.
    """
    lines = list(io.StringIO(_text(path, guess=guess), newline=""))
    delimiter = max(DELIMITERS, key=(lines or [""])[0].count)
    found = [(line, row) for line, row in _rows(lines, delimiter, path.name) if any(cell.strip() for cell in row)]
    if not found:
        raise ValueError(f"{path.name} is empty")
    (_, headings), *rest = found
    _require(headings, list(required), known, path.name)
    width = len(headings)
    if longer := [(line, row) for line, row in rest if any(cell.strip() for cell in row[width:])]:
        told = [f"line {line} has {len(row)} cells, and there are {width} headings: {QUOTE}" for line, row in longer]
        raise ValueError("\n  ".join([f"{path.name} was not taken, nothing was changed:", *told]))
    return Table(headings, [(row + [""] * width)[:width] for _, row in rest], [line for line, _ in rest], delimiter)


def _text(path: Path, *, guess: bool) -> str:
    data = path.read_bytes()
    try:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # what Excel calls Unicode text
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        if guess:
            return data.decode("cp1252", errors="replace")
        raise ValueError(f"{path.name} is not text in UTF-8: save it as CSV in UTF-8") from None


def _rows(lines: list[str], delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line in which it begins, from 1."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    width = 0
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(
                f"{name} cannot be read as CSV: in the row that begins in line {first} a quotation mark is missing, or "
                f"is one too many ({error}): {QUOTE}"
            ) from None
        width = width or len(row)
        for line in range(first + 1, reader.line_num + 1):
            if _is_row(lines[line - 1], delimiter, width):
                raise ValueError(
                    f"{name}: a quotation mark in the row that begins in line {first} swallows line {line}, which "
                    f"looks like a row of its own: {QUOTE}"
                )
        yield first, row


def _is_row(line: str, delimiter: str, width: int) -> bool:
    """Whether a line within a cell would be a whole row by itself; in prose a space follows commas."""
    try:
        (cells,) = csv.reader([line], delimiter=delimiter)
    except (ValueError, csv.Error):
        return False
    return len(cells) == width and not any(cell.startswith(" ") for cell in cells[1:])


def _require(headings: list[str], required: list[str], known: Iterable[str], name: str) -> None:
    if missing := [heading for heading in required if heading not in headings]:
        raise ValueError(f"{name} has no column {', '.join(missing)}; its columns are {', '.join(headings)}")
    if twice := [heading for heading in dict.fromkeys([*required, *known]) if headings.count(heading) > 1]:
        raise ValueError(f"{name} has two columns called {', '.join(twice)}: delete one, or give it another name")
