"""JSON lines: a record a line, written the moment it is known."""

import json
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a log of runs.

    Raises FileNotFoundError, with the command that makes one, if there is none; ValueError if it is something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no log {path}; `python -m course_lib.scaling.runs --out {path}` makes it")
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not a log of runs, or was cut off within a line: {error}") from error
    if not lines or not isinstance(lines[0], dict) or lines[0].get("kind") != "setting":
        raise ValueError(f"{path} does not begin with the settings of its runs, so it is not a log of them")
    return lines


def append_line(path: Path, line: dict[str, Any]) -> None:
    """Write one record at the end, at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
