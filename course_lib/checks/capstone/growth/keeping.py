"""What finished stages leave behind, in a folder: a later run with the same answers goes on after them."""

import hashlib
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from course_lib import __version__
from course_lib.checks.capstone.deciding import Origin
from course_lib.checks.capstone.growth.plan import Plan
from course_lib.util.files import replacing

FORMAT = 1  # of the files
REST = "the plan, or the course itself"  # what a stage depends on beside the learner's pieces
UNREADABLE = (OSError, EOFError, RuntimeError, pickle.UnpicklingError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True)
class Kept:
    """A stage that has come to its end. result: plain data, see `Stage.pack`; the rest is as in `Growth` and `Notes`.

    made_of: a digest for each piece that it and the stages before it depend on.   seconds: that it took.
    """

    made_of: dict[str, str]
    result: Any
    lines: list[str]
    numbers: dict[str, float]
    report: list[tuple[str, str, str]]
    failure: str
    troubles: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def digests(origins: Iterable[Origin], uses: Sequence[str], plan: Plan) -> dict[str, str]:
    """What a stage is made of, by name: the text of the learner's pieces, nothing for the library's, and the rest."""
    texts = {origin.part.name: origin.source if origin.yours else "" for origin in origins}
    made_of = {name: texts[name] for name in uses} | {REST: f"{FORMAT} {__version__} {plan!r}"}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in made_of.items()}


class Shelf:
    """The files of finished stages in a folder; None keeps nothing and finds nothing."""

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else Path(folder)

    def path(self, number: int) -> Path:
        """Of stage 1, 2, …"""
        assert self.folder is not None
        return self.folder / f"stage-{number}.pt"

    def find(self, number: int) -> Kept | None:
        """The stage as it was kept, whatever it was made of; None if it was not, or by a file that cannot be read."""
        if self.folder is None:
            return None
        try:
            return Kept(**torch.load(self.path(number), weights_only=True))
        except UNREADABLE:
            return None

    def keep(self, number: int, kept: Kept) -> None:
        """Write the stage beside its file, then rename it. Stages behind it, of an earlier run, are out of date."""
        if self.folder is None:
            return
        with replacing(self.path(number)) as unfinished:
            torch.save(vars(kept), unfinished)


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of what a kept stage was made of otherwise; empty if it can be used."""
    return [name for name in now if before.get(name) != now[name]]
