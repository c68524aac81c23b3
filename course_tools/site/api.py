"""A page for each room of `course_lib`, from its docstrings, in the course's order."""

import pkgutil
from importlib import import_module
from pathlib import Path

from course_lib.util.topics import TOPICS

BESIDE = ("config", "corpus", "kv_cache", "checks", "show", "util")  # the rooms that belong to no single lesson
# Answers of the exercises, and words and plots of the stories: not for reading as a reference.
LEFT_OUT = ("course_lib.corpus.plots", "course_lib.corpus.words")

_INDEX = """\
# The library

What the lessons build, tested and short enough to read: `course_lib`, in the order of the course.

```{{toctree}}
:maxdepth: 1

{rooms}
```
"""

_MODULE = """\
{title}
{line}

.. automodule:: {name}

"""


def rooms() -> list[str]:
    """The names of the modules directly in `course_lib` that have a page, in order."""
    return [*(topic.name for topic in TOPICS), *BESIDE]


def modules(room: str) -> list[str]:
    """The full names of a room's modules, the room itself first."""
    name = f"course_lib.{room}"
    answers = tuple(f"course_lib.checks.{topic.name}" for topic in TOPICS)
    package = import_module(name)
    inside = pkgutil.walk_packages(getattr(package, "__path__", ()), f"{name}.")
    left_out = (*LEFT_OUT, *answers, "course_lib.checks.capstone")
    return [name, *(one.name for one in inside if not one.name.startswith(left_out) and not _is_private(one.name))]


def stage(folder: Path) -> None:
    """Write the sources of the pages into `folder`/api."""
    there = folder / "api"
    there.mkdir(parents=True, exist_ok=True)
    (there / "index.md").write_text(_INDEX.format(rooms="\n".join(rooms())), encoding="utf-8")
    for room in rooms():
        names = modules(room)
        parts = [_section(name, "=" if name == names[0] else "-") for name in names]
        (there / f"{room}.rst").write_text("".join(parts), encoding="utf-8")


def _section(name: str, underline: str) -> str:
    title = name.removeprefix("course_lib.").replace("_", "\\_")
    return _MODULE.format(title=title, line=underline * len(title), name=name)


def _is_private(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))
