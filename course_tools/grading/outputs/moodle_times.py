"""Times as Moodle's worksheet has them: with the months of the languages below, or in numbers."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

SUBMITTED = "Last modified (submission)"  # the heading in English; others are known by where the column stands
NOTHING = ("", "-")  # what stands there if nothing was handed in
MONTHS = (  # how their names begin, without accents: English, German, French, Spanish, Italian, Portuguese, Dutch
    ("jan", "ene", "gen"),
    ("feb", "fev"),
    ("mar", "mrt", "maa"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mei", "mag"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aou", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "dic"),
)
CENTURY = 2000  # of years with two digits
_CLOCK = (
    r",? (?:(?:um|a|as|alle|om|at) )?(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::\d{2})?(?: ?(?P<half>[ap])\.?m\.?)?$"
)
_WORDS = re.compile(
    r"(?:(?P<day>\d{1,2})(?:\.|er)? (?:de )?(?P<month>[a-z]+)\.?(?: de)?|(?P<month_us>[a-z]+) (?P<day_us>\d{1,2}))"
    r",? (?P<year>\d{4})" + _CLOCK
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})" + _CLOCK.replace(",? ", "[ ,t]+", 1))
_NUMBERS = re.compile(r"(?P<first>\d{1,2})(?P<sign>[./-])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})" + _CLOCK)


def read_time(text: str, *, day_first: bool | None = None) -> datetime | None:
    """A time, in this machine's time zone, of "Thursday, 1 October 2026, 10:05 AM", "1. Okt. 2026, 22:05" and so on.

    day_first: of numbers parted by slashes; unless it is given, only what can be read in one way is read.
    None if it is not a time, or in a language that is not known.
    """
    plain = _plain(text)
    if match := _WORDS.search(plain):
        month = _month(match["month"] or match["month_us"])
        return _time(match, month, int(match["day"] or match["day_us"]))
    if match := _YEAR_FIRST.search(plain):
        return _time(match, int(match["month"]), int(match["day"]))
    if match := _NUMBERS.search(plain):
        first, second = int(match["first"]), int(match["second"])
        if match["sign"] != "/" or first == second:
            day_first = True
        elif day_first is None:
            day_first = _day_first([text])
        if day_first is not None:
            return _time(match, *((second, first) if day_first else (first, second)))
    return None


def read_column(cells: Sequence[str]) -> list[datetime | None]:
    """The times in a column; whether days or months come first is read off those that can be only one of them."""
    day_first = _day_first(cells)
    return [read_time(cell, day_first=day_first) for cell in cells]


def submitted_column(headings: Sequence[str], lines: Sequence[Sequence[str]], after: int) -> int | None:
    """The column of the time of submission: Moodle puts it, and then that of the grade, after the columns of grades."""
    if SUBMITTED in headings:
        return headings.index(SUBMITTED)
    found = [column for column in range(after + 1, len(headings)) if holds_times([line[column] for line in lines])]
    return found[0] if len(found) > 1 else None


def holds_times(cells: Iterable[str]) -> bool:
    """Whether a column has times, and dashes where there is none."""
    given = {cell.strip() for cell in cells} - {""}
    return bool(given) and all(cell in NOTHING or re.search(_CLOCK, _plain(cell)) for cell in given)


def _day_first(cells: Iterable[str]) -> bool | None:
    """What the numbers of a column say: one above 12 is a day. None if none does, or if they contradict each other."""
    pairs = [(int(m["first"]), int(m["second"])) for cell in cells if (m := _NUMBERS.search(_plain(cell)))]
    last_month = len(MONTHS)
    says = {first > last_month for first, second in pairs if max(first, second) > last_month}
    return says.pop() if len(says) == 1 else None


def _plain(text: str) -> str:
    """In small letters, without accents, with ordinary spaces."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())


def _month(name: str) -> int:
    """1 to 12, or 0 for a name that is not known."""
    return next((n for n, begins in enumerate(MONTHS, start=1) if name.startswith(begins)), 0)


def _time(match: re.Match[str], month: int, day: int) -> datetime | None:
    year, hour = int(match["year"]), int(match["hour"])
    if match["half"]:
        hour = hour % 12 + 12 * (match["half"] == "p")
    try:
        return datetime(year + CENTURY * (year < 100), month, day, hour, int(match["minute"])).astimezone()
    except ValueError:
        return None
