"""One stage after another: what fails with a learner's pieces is said, and done again with the library's.

A stage that an earlier run has finished with the same pieces is taken from the folder of that run.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from course_lib.checks.capstone.assembly import Assembly
from course_lib.checks.capstone.building import twin_of
from course_lib.checks.capstone.growth.grown import Growth
from course_lib.checks.capstone.growth.keeping import Kept, Shelf, changed, digests
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.later_parts import LATER_PARTS
from course_lib.checks.capstone.parts import PARTS, Parts
from course_lib.checks.capstone.watching import Watched, told, troubles, watched
from course_lib.checks.engine.outcome import GIB, Raised, Returned, Runner, TimedOut

ALL_PARTS = (*PARTS, *LATER_PARTS)
STAGE_MEMORY = 6 * GIB


class Failed(NamedTuple):
    """Why a stage did not come to its end."""

    reason: str


class Stage(NamedTuple):
    """What is done, and by which pieces.

    pack: makes plain data of its result, to be kept: text, numbers, tensors.   unpack: the result of this data again.
    """

    title: str
    uses: Sequence[str]
    do: Callable[..., Any]
    pack: Callable[[Any], Any]
    unpack: Callable[[Any, Parts, Plan], Any]


class Stages:
    """Runs them, each in a thread with a time limit, first with the learner's pieces.

    tell: takes a finished English line and shows it.   out: where finished stages are kept; None: nowhere.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        growth: Growth,
        assembly: Assembly,
        plan: Plan,
        tell: Callable[..., None],
        out: str | Path | None = None,
    ) -> None:
        self.stages, self.growth, self.plan, self.tell = stages, growth, plan, tell
        yours = {origin.part.name: origin.part for origin in assembly.origins if origin.yours}
        self.parts = watched(assembly.parts, yours)
        self.library = librarys()
        self.shelf = Shelf(out)
        self.kept = self._kept()

    def run(self, number: int, model: nn.Module | None = None, **given: Any) -> Any:
        """The result of stage 1, 2, …; its lines are shown, its numbers kept."""
        stage = self.stages[number - 1]
        self.tell(stage.title)
        if number <= len(self.kept):
            kept = self.kept[number - 1]
            result = stage.unpack(kept.result, self.parts, self.plan)
            for name, trouble in kept.troubles.items():
                if isinstance(piece := self.parts[name], Watched):
                    piece.trouble = trouble
            self._report(stage, kept, f"(kept from an earlier run, where it took {kept.seconds:.0f} s)")
            return result
        start = time.perf_counter()
        result, notes, failure = self._do(stage, {**given, **({} if model is None else {"model": model})})
        kept = Kept(
            made_of=self._made_of(number),
            result=stage.pack(result),
            lines=notes.lines,
            numbers=notes.numbers,
            report=notes.report,
            failure=failure,
            troubles=troubles(self.parts),
            seconds=time.perf_counter() - start,
        )
        self.shelf.keep(number, kept)
        self._report(stage, kept, f"({kept.seconds:.0f} s)")
        return result

    def announce(self) -> None:
        """Say what an earlier run has left, and what is done anew because a piece is another one."""
        folder, done = self.shelf.folder, len(self.kept)
        if folder is None:
            return
        after = done + 1
        if after > len(self.stages):
            self.tell(f"{folder} holds all stages, from an earlier run with these pieces.", after="\n")
        elif found := self.shelf.find(after):
            names = ", ".join(changed(found.made_of, self._made_of(after)))
            self.tell(f"Since the run that {folder} holds, this has changed: {names}.")
            self.tell(f"So stage {after} and those behind it are done anew.", after="\n")
        elif done:
            self.tell(f"{folder} holds the stages up to number {done}, from an earlier run with these pieces.")
            self.tell(f"This run goes on with stage {after}.", after="\n")
        else:
            kept = f"Each finished stage is kept in {folder}. After Ctrl-C, the same command goes on from there."
            self.tell(kept, after="\n")

    def _kept(self) -> list[Kept]:
        """The first stages, as far as they were kept and were made of the same."""
        found: list[Kept] = []
        for number in range(1, len(self.stages) + 1):
            kept = self.shelf.find(number)
            if kept is None or changed(kept.made_of, self._made_of(number)):
                break
            found.append(kept)
        return found

    def _made_of(self, number: int) -> dict[str, str]:
        uses = dict.fromkeys(name for stage in self.stages[:number] for name in stage.uses)
        return digests(self.growth.origins, list(uses), self.plan)

    def _do(self, stage: Stage, given: dict[str, Any]) -> tuple[Any, Notes, str]:
        """Its result, its notes, and why it failed with the learner's pieces."""
        own_start = twin_of(given["model"]) if "model" in given else None  # before the stage trains it
        notes = Notes()
        result = attempt(partial(stage.do, self.parts, plan=self.plan, notes=notes, **given), self.plan.stage_seconds)
        self.growth.troubles = troubles(self.parts)
        if not isinstance(result, Failed):
            return result, notes, ""
        self.tell(f"with your pieces this stage failed: {result.reason}", "   ")
        self.tell("it is done again with the library's alone", "   ")
        notes = Notes()
        again = {**given, **({} if own_start is None else {"model": own_start})}
        own = stage.do(self.library, plan=self.plan, notes=notes, **again)
        # A model goes on as the library's GPT: whoever goes on with it from a file knows by that what it is made of.
        return twin_of(own) if isinstance(own, nn.Module) else own, notes, result.reason

    def _report(self, stage: Stage, kept: Kept, last: str) -> None:
        growth = self.growth
        growth.troubles = troubles(self.parts)
        if kept.failure:
            growth.failures[stage.title] = kept.failure
        for line in [*growth.whose(stage.uses, kept.failure), *kept.lines]:
            self.tell(line, "   ")
        self.tell(last, "   ", "\n")
        growth.numbers[stage.title] = kept.numbers
        growth.report += kept.report


def attempt(call: Callable, seconds: float) -> Any:
    """What the call returns, or why it came to no end. What a learner's code prints is not shown."""

    def guarded() -> Any:
        try:
            return call()
        except Exception as error:  # whatever a learner's code may raise
            return Failed(told(error))

    runner = Runner(seconds, memory=STAGE_MEMORY)
    try:
        outcome = runner.run(guarded)
    finally:
        runner.close()
    if isinstance(outcome, Returned):
        return outcome.value
    return Failed(f"{outcome.kind}: {outcome.message}" if isinstance(outcome, Raised) else _late(outcome))


def _late(outcome: TimedOut) -> str:
    return str(outcome).replace("your code", "it")


def librarys() -> Parts:
    """All parts, as the library makes them."""
    parts: dict[str, Callable] = {}
    for part in ALL_PARTS:
        parts[part.name] = part.make(parts)
    return parts
