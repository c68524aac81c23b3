"""Files of earlier runs that a run did not write anew: named, so that nobody takes them for today's."""

from collections.abc import Set
from pathlib import Path

from course_tools.grading.outputs.text import counted

ENDINGS = {  # of what runs write, by folder: other files there are people's own
    "gradebooks": (".csv", ".zip"),
    "students": (".html",),
    "marking": (".html",),
    "notebooks": (".ipynb",),
    "gradescope": (".json",),
    "github_classroom": (".txt",),
}
NAMED = 3  # files of a folder in a sentence


def left_over(out: Path, places: Set[str]) -> tuple[str, ...]:
    """A sentence for each folder in which older files lie. places: what was written, relative to `out`."""
    sentences = []
    for folder, endings in ENDINGS.items():
        files = sorted(path for path in (out / folder).rglob("*") if path.suffix in endings and path.is_file())
        old = [name for path in files if (name := path.relative_to(out).as_posix()) not in places]
        if old:
            more = f" and {len(old) - NAMED:,} more" if len(old) > NAMED else ""
            what = counted(len(old), "older file")
            sentences.append(f"{what} in {out / folder}, not written by this run: {', '.join(old[:NAMED])}{more}")
    return tuple(sentences)
