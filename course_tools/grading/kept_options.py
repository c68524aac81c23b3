"""Options that are kept with the grades, so that a run without them does not undo what a run with them did."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.util.files import write_text
from course_lib.util.topics import find_topic

FILE = "options.json"  # beside the grades that were kept
KEPT = ("accept-flagged", "due", "extensions", "keep", "late-policy", "layout", "marks", "moodle", "roster", "topic")
FILES = ("extensions", "late-policy", "marks", "moodle", "roster")  # as whole paths: to be run from anywhere
SWITCHES = ("accept-flagged",)  # that are given without a value
WORKSHEETS = "moodle"  # one for each lesson, `NN=FILE`: another one changes that of its lesson alone
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Options:
    """What is in force. values: by name, without those that are not set.   kept: which of them an earlier run gave.

    before: all that was kept and is not to be forgotten.
    """

    values: Values = field(default_factory=dict)
    kept: Values = field(default_factory=dict)
    before: Values = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The value of an option that has one."""
        return self.values.get(name, (default,))[0]

    def path(self, name: str) -> Path | None:
        """A file, if it is set."""
        return Path(self.get(name)) if name in self.values else None

    def sentences(self) -> tuple[str, ...]:
        """Each option as it would be typed, and whether an earlier run gave it."""
        return tuple(
            f"{typed(name, value)}{' (kept from an earlier run)' if value in self.kept.get(name, ()) else ''}"
            for name, values in self.values.items()
            for value in values
        )

    def sentences_of_kept(self) -> tuple[str, ...]:
        """Those that an earlier run gave, as they would be typed."""
        return tuple(typed(name, value) for name, values in self.kept.items() for value in values)

    def write(self, folder: Path, *, without: Iterable[str] = ()) -> None:
        """Keep them for the next run. without: names that are not to be kept yet, but as they were before."""
        values = {name: (self.before if name in without else self.values).get(name) for name in KEPT}
        write_text(folder / FILE, json.dumps({name: value for name, value in values.items() if value}))


def options_in(folder: Path, given: Mapping[str, Sequence[str | Path]], forget: Iterable[str] = ()) -> Options:
    """The options of this run: those given, and of the others what was kept in `folder`, without what to forget.

    given: by name; one without values is not given.
    Raises ValueError if a file that is given cannot be read, or if one that was kept is no longer there.
    """
    before = {name: values for name, values in _read(folder / FILE).items() if name in KEPT and name not in forget}
    new = {name: tuple(_whole(name, str(value)) for value in values) for name, values in given.items() if values}
    kept = {name: values for name, values in before.items() if name not in new}
    lessons = {lesson_of(text) for text in new.get(WORKSHEETS, ())}
    if others := tuple(text for text in before.get(WORKSHEETS, ()) if lesson_of(text) not in lessons):
        kept[WORKSHEETS] = others
    for name in FILES:
        if name == WORKSHEETS and "" in lessons:
            continue  # this run is about one lesson, whose worksheet was given: those of others are not read
        if gone := [value for value in kept.get(name, ()) if not Path(file_of(name, value)).is_file()]:
            raise ValueError(
                f"{typed(name, gone[0])}, kept from an earlier run, is no longer there: "
                f"give another --{name}, or --forget {name}"
            )
    values = {name: (*kept.get(name, ()), *new.get(name, ())) for name in KEPT if name in kept or name in new}
    return Options(values, {name: kept[name] for name in KEPT if name in kept}, before)


def typed(name: str, value: str) -> str:
    """An option as it would be typed."""
    return f"--{name}" if name in SWITCHES else f"--{name} {value}"


def lesson_of(worksheet: str) -> str:
    """The topic that a worksheet is said to be for, "" if none is. Raises ValueError if there is no such lesson."""
    lesson, sign, _ = worksheet.partition("=")
    return find_topic(lesson).name if sign else ""


def file_of(name: str, value: str) -> str:
    """The file in the value of an option."""
    return value.partition("=")[2] if name == WORKSHEETS and "=" in value else value


def require_file(name: str, file: str | Path) -> None:
    """Raises ValueError, in a sentence, if the file that an option names cannot be read."""
    try:
        with open(file, "rb"):
            return
    except FileNotFoundError:
        why = "there is no such file"
    except IsADirectoryError:
        why = "this is a folder, and a file is wanted"
    except OSError as error:
        why = f"it cannot be read: {error.strerror}"
    raise ValueError(f"--{name} {file}: {why}")


def _whole(name: str, value: str) -> str:
    """A value as it is kept. Raises ValueError if it is a file that cannot be read."""
    if name not in FILES:
        return value
    file = file_of(name, value)
    require_file(name, file)
    return f"{value[: len(value) - len(file)]}{Path(file).resolve()}"


def _read(file: Path) -> dict[str, tuple[str, ...]]:
    """What was kept; nothing if there is nothing, or nothing that can be read. One value may stand without a list."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    lists = {name: [value] if isinstance(value, str) else value for name, value in pairs}
    return {
        name: tuple(value)
        for name, value in lists.items()
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    }
