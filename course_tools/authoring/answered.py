"""Answers that somebody typed into an exercise notebook: a reader's work, which no build may touch."""

import json
import re
from pathlib import Path

from course_tools.authoring.markers import CODE_STUB, TEXT_STUB

_TAG = re.compile(r"<[^>]*>")  # an edition that is read from the right lays its text out


def answers_in(path: Path) -> list[str]:
    """The names of the exercises whose stub somebody replaced in the notebook at `path`; none if it cannot be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [_name(cell) for cell in cells if _name(cell) and not _is_stub(cell)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # not there, or not a notebook


def _name(cell: dict) -> str:
    """The exercise that this cell is the answer of, or ""."""
    told = cell["metadata"].get("nbgrader", {})
    return told["grade_id"] if told.get("solution") else ""


def _is_stub(cell: dict) -> bool:
    source, stub = "".join(cell["source"]), list(CODE_STUB)
    if cell["cell_type"] == "markdown":
        source, stub = _TAG.sub("", source), list(TEXT_STUB)
    lines = [line.strip() for line in source.splitlines()]
    return any(lines[index : index + len(stub)] == stub for index in range(len(lines)))
