"""CSV that spreadsheets may open: what a student chose can never be taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from course_tools.grading.outputs.text import visible

DELIMITERS = (",", ";", "\t")  # spreadsheets save with a semicolon where the comma parts decimals
_HARMLESS = re.compile(r"[+-]?[\d.,]*")  # numbers, and the dash that stands for none
# Beginnings that a spreadsheet takes for a formula, in some languages in the wide form too, or drops to find one;
# and those before which apostrophes stand already, so that the one that is put there can be taken away again.
_FORMULA = re.compile(r"'*(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")


def guard(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet would compute it; numbers stay as they are."""
    text = visible(cell)
    dangerous = _FORMULA.match(text) or _FORMULA.match(cell)
    return f"'{text}" if dangerous and not _HARMLESS.fullmatch(text) else text


def unguard(cell: str) -> str:
    """What `guard` was given, up to characters that cannot be seen."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_text(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Rows as CSV (RFC 4180), each cell guarded."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([guard(cell) for cell in row] for row in rows)
    return file.getvalue()


def read_table(path: Path, required: Iterable[str] = ()) -> tuple[list[list[str]], str]:
    """The rows of a CSV file, the heading first, and its delimiter. Every row is as long as the heading.

    Raises ValueError if it cannot be read as CSV, if it has no rows, or if its heading has not each of `required` once.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what Excel on Windows calls CSV
    top = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=top.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(
            f"{path.name} cannot be read as CSV ({error}): perhaps a quotation mark is missing in it"
        ) from None
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise ValueError(f"{path.name} is empty")
    missing = [name for name in required if name not in rows[0]]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}; its columns are {', '.join(rows[0])}")
    if twice := [name for name in required if rows[0].count(name) > 1]:
        raise ValueError(f"{path.name} has two columns called {', '.join(twice)}: delete one, or give it another name")
    width = len(rows[0])
    return [(row + [""] * width)[:width] for row in rows], delimiter


def as_rows(columns: Sequence[str], lines: Iterable[Mapping[str, str]]) -> list[list[str]]:
    """A heading, and a row for each mapping."""
    return [list(columns), *([line.get(column, "") for column in columns] for line in lines)]


def number(value: float) -> str:
    """A mark as people write it: 2, 1.5."""
    return f"{round(value, 4):.10g}"


def points(value: float) -> str:
    """Points with their number: "1 point", "1.5 points"."""
    return f"{number(value)} {'point' if value == 1 else 'points'}"
