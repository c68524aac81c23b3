"""What a built notebook may hold as output: nothing that another run, or another machine, would change."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from course_tools.authoring.jupyter import NotebookNode

# Compared or ignored by nbval as they should be. Not svg (compared, and it varies) and no widgets (not in a file).
MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")

# "within 1e-5: True" hides the number that the reader wants. Equality has no number to show.
_BOOLEAN = re.compile(r"^(?P<label>.*):\s+(True|False)\s*$", re.MULTILINE)
_EQUALITY = re.compile(r"\b(same|equals?|identical|unchanged|is|are|shares?|agrees?)\b", re.IGNORECASE)
_UNUSUAL = re.compile(r"≈ \S+ \(usually [^)]*\)")

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


class OutputError(Exception):
    """An output that would differ elsewhere, with the remedy."""


def clean_outputs(cell: NotebookNode, places: tuple[str, ...]) -> None:
    """Check a cell's outputs and merge its stream, in place.

    places: absolute paths of this machine, which must not be found in a text.
    Raises OutputError for what is not the same everywhere: warnings, addresses in memory, paths, svg, widgets.
    """
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name != "stdout":
                raise OutputError(f"writes to {output.name}; avoid the warning's cause: {output.text.strip()[-300:]}")
            _check_text(output.text, places)
            continue
        if output.output_type == "error":
            raise OutputError(f"ends in an error: {output.ename}: {output.evalue}")
        for mime, value in output.data.items():
            if mime not in MIME_TYPES:
                raise OutputError(f"shows {mime}, which is not the same everywhere; pictures are PNG")
            if mime.startswith("text/"):
                _check_text(value, places)
        if "execution_count" in output:
            output.execution_count = cell.execution_count
        output.pop("transient", None)


def machine_places(root: Path) -> tuple[str, ...]:
    """Folders whose names tell on which machine a notebook was built."""
    folders = {str(root), sys.prefix, tempfile.gettempdir(), str(Path(tempfile.gettempdir()).resolve())}
    home = str(Path.home())
    return tuple(sorted(folders | ({home} if len(Path(home).parts) > 1 else set())))


def _check_text(text: Any, places: tuple[str, ...]) -> None:
    found = _ADDRESS.search(text)
    if found:
        raise OutputError(f"shows an address in memory ({found[0]!r}), which changes with every run")
    if unusual := _UNUSUAL.search(text):
        raise OutputError(f"{unusual[0]}: the number is not in the range that its measured(…) or approx(…) states")
    for place in places:
        if re.search(re.escape(place) + r"(?=[/\\])", text):
            raise OutputError(f"shows a path of this machine ({place!r}); show the file's name alone")


def find_booleans(text: str) -> list[str]:
    """Lines that answer a question of size with True or False, where the reader wants the number."""
    return [
        match[0].strip()
        for match in _BOOLEAN.finditer(text)
        if not _EQUALITY.search(match["label"]) or re.search(r"[<>]|below|above|more than|less than", match["label"])
    ]
