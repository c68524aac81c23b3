"""Options that are kept with the grades, so that a run without them does not undo what a run with them did."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.util.files import write_text

FILE = "options.json"  # beside the grades that were kept
KEPT = ("due", "extensions", "keep", "late-policy", "layout", "marks", "roster")
FILES = (
    "extensions",
    "late-policy",
    "marks",
    "roster",
)  # as whole paths: to be run from anywhere


@dataclass(frozen=True)
class Options:
    """What is in force. values: by name, without those that are not set.   kept: which of them an earlier run gave."""

    values: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    def path(self, name: str) -> Path | None:
        """A file, if it is set."""
        return Path(self.values[name]) if name in self.values else None

    def sentences(self) -> tuple[str, ...]:
        """Each option as it would be typed, and whether an earlier run gave it."""
        return tuple(
            f"--{name} {value}{' (kept from an earlier run)' if name in self.kept else ''}"
            for name, value in self.values.items()
        )

    def sentences_of_kept(self) -> tuple[str, ...]:
        """Those that an earlier run gave, as they would be typed."""
        return tuple(f"--{name} {self.values[name]}" for name in self.kept)

    def write(self, folder: Path, *, without: Iterable[str] = ()) -> None:
        """Keep them for the next run. without: names that are not to be kept yet."""
        values = {name: value for name, value in self.values.items() if name not in without or name in self.kept}
        write_text(folder / FILE, json.dumps(values))


def options_in(folder: Path, given: Mapping[str, str | Path | None], forget: Iterable[str] = ()) -> Options:
    """The options of this run: those given, and of the others what was kept in `folder`, without what to forget.

    given: by name; None or "" is not given. Raises ValueError if a file that was kept is no longer there.
    """
    kept = {name: value for name, value in _read(folder / FILE).items() if name in KEPT and name not in forget}
    new = {name: str(Path(value).resolve()) if name in FILES else str(value) for name, value in given.items() if value}
    values = {name: (kept | new)[name] for name in KEPT if name in kept | new}
    still = tuple(name for name in values if name not in new)
    for name in still:
        if name in FILES and not Path(values[name]).is_file():
            raise ValueError(
                f"--{name} {values[name]}, kept from an earlier run, is no longer there: "
                f"give another --{name}, or --forget {name}"
            )
    return Options(values, still)


def _read(file: Path) -> dict[str, str]:
    """What was kept; nothing if there is nothing, or nothing that can be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}
