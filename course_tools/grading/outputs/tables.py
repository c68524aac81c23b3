"""CSV that spreadsheets may open: what a student chose can never be taken for a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from course_tools.grading.outputs.text import visible

PERSIAN_POINT = "\N{ARABIC DECIMAL SEPARATOR}"
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+")
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


def read_number(text: str) -> float:
    """A number of at least 0 as people write it: with a decimal point or comma, in the digits of any script.

    Raises ValueError for anything else, also for what only programs take for a number: 1e2, 1_0, nan.
    """
    plain = "".join(_plain_digit(character) for character in text if unicodedata.category(character) != "Cf").strip()
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{text!r} is not a number such as 2 or 1.5")
    return float(plain.replace(",", "."))


def _plain_digit(character: str) -> str:
    """The digit from 0 to 9 that a digit means, and a decimal point for the one of Persian and Arabic."""
    value = unicodedata.decimal(character, None)
    return "." if character == PERSIAN_POINT else character if value is None else str(value)


def as_rows(columns: Sequence[str], lines: Iterable[Mapping[str, str]]) -> list[list[str]]:
    """A heading, and a row for each mapping."""
    return [list(columns), *([line.get(column, "") for column in columns] for line in lines)]


def number(value: float) -> str:
    """A mark as people write it: 2, 1.5."""
    return f"{round(value, 4):.10g}"


def points(value: float) -> str:
    """Points with their number: "1 point", "1.5 points"."""
    return f"{number(value)} {'point' if value == 1 else 'points'}"
