"""Which notebook is made of which source, and where both are."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from course_lib.util.topics import Topic


class Kind(StrEnum):
    """The three notebooks of a topic; the value is the folder that holds them."""

    LESSON = "notebooks"
    SOLUTION = "solutions"
    EXERCISE = "exercises"

    @property
    def source_folder(self) -> str:
        """The folder of the source: an exercise is its solution with the answers cut out."""
        return "sources/notebooks" if self is Kind.LESSON else "sources/solutions"


class Page(NamedTuple):
    """One notebook of the course. language: that of an edition, whose notebooks have a folder of their own."""

    topic: Topic
    kind: Kind
    language: str = ""

    @property
    def source(self) -> str:
        """Path of the authored source below the course's folder, with forward slashes."""
        return f"{self.kind.source_folder}/{self.topic.stem}.py"

    @property
    def notebook(self) -> str:
        """Path of the built notebook below the course's folder, with forward slashes."""
        folder = f"{self.language}/{self.kind}" if self.language else str(self.kind)
        return f"{folder}/{self.topic.stem}.ipynb"


def find_root(start: Path | None = None) -> Path:
    """The course's folder: the nearest one at or above `start` (the working folder) that has `sources/notebooks`.

    Raises FileNotFoundError, with the remedy, if there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "sources" / "notebooks").is_dir():
            return folder
    raise FileNotFoundError(f"no folder sources/notebooks in {start} or above it: run this in the course's folder")


def find_course() -> Path:
    """The course's folder: the one that we are in, or else the clone that the course was installed from.

    Raises FileNotFoundError, with the remedy, if it is neither.
    """
    try:
        return find_root()
    except FileNotFoundError:
        return find_root(Path(__file__).parent)


def configured_repository(root: Path) -> str:
    """The public address of the course, `project.urls.Repository` in pyproject.toml; empty while there is none."""
    settings = root / "pyproject.toml"
    if not settings.is_file():
        return ""
    project = tomllib.loads(settings.read_text(encoding="utf-8")).get("project", {})
    return str(project.get("urls", {}).get("Repository", ""))
