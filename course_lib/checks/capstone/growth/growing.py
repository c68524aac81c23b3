"""All stages one behind the other: what fails with a learner's pieces is said, and done again with the library's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from course_lib.checks.capstone.assembly import Assembly, Origin, assemble
from course_lib.checks.capstone.building import twin_of
from course_lib.checks.capstone.growth import choosing, listening, looking, material, shrinking, speculating, telling
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.later_parts import LATER_PARTS
from course_lib.checks.capstone.parts import PARTS, Parts
from course_lib.checks.capstone.watching import told, troubles, watched
from course_lib.checks.engine.outcome import CALL_SECONDS, GIB, Raised, Returned, Runner, TimedOut
from course_lib.show.progress import say

ALL_PARTS = (*PARTS, *LATER_PARTS)
STAGE_MEMORY = 6 * GIB


class Failed(NamedTuple):
    """Why a stage did not come to its end."""

    reason: str


@dataclass(repr=False)
class Growth:
    """What came of it.

    origins: whose each part is.   numbers: of each stage, by its name.   failures: of stages that were done again.
    """

    origins: tuple[Origin, ...]
    numbers: dict[str, dict[str, float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    report: list[tuple[str, str, str]] = field(default_factory=list)
    story: str = ""

    @property
    def yours(self) -> list[str]:
        """The learner's parts that were used to the end."""
        names = [origin.part.name for origin in self.origins if origin.yours]
        return [name for name in names if name not in self.troubles]

    def __repr__(self) -> str:
        return f"{len(self.yours)} of {len(self.origins)} pieces were yours to the end"

    def whose(self, uses: Sequence[str], failure: str = "") -> list[str]:
        """Lines that say whose the pieces of a stage were, and why."""
        mine = [name for name in uses if name in self.yours and not failure]
        lines = [f"yours: {', '.join(mine) if mine else 'none'}"]
        reasons: dict[str, list[str]] = {}
        for origin in self.origins:
            name = origin.part.name
            if name in uses and name not in mine:
                reason = failure and "the stage failed with it" if origin.yours else origin.reason
                reasons.setdefault(self.troubles.get(name) or reason, []).append(name)
        return lines + [f"the library's, {reason}: {', '.join(names)}" for reason, names in reasons.items()]


def grow(
    *answers: Callable,
    folder: str | Path | None = None,
    plan: Plan | None = None,
    show: Callable[[str], None] = say,
    seconds: float = CALL_SECONDS,
) -> Growth:
    """Train, fine-tune, align, quantize, speculate and open a model made of the learner's answers, and report.

    answers, folder, seconds: as for `assemble`.   plan: how much of everything.   show: takes each line.

    A piece that is missing or not right is the library's. So is one that goes wrong at work; a stage that ends in an
    error or takes too long with the learner's pieces is done again without them, and both is said.
    Raises FileNotFoundError if a folder is given and there is no exercise notebook in it.
    """
    plan = plan or Plan()
    assembly = assemble(*answers, folder=folder, seconds=seconds, wanted=ALL_PARTS)
    growth = Growth(assembly.origins)
    total = len(growth.origins)
    show(f"{len(growth.yours)} of {total} pieces are yours. The others are the library's; each stage says which.\n")
    stages = _Stages(growth, assembly, plan, show)
    stories: material.Material = stages.run("1 · The stories", material.USES, material.gather)
    model = stages.run("2 · It learns to tell", telling.USES, telling.tell, material=stories)
    with_model = partial(stages.run, material=stories)
    model = with_model("3 · It learns to listen", listening.USES, listening.listen, model)
    model = with_model("4 · It learns to prefer", choosing.USES, choosing.choose, model)
    small = with_model("5 · It becomes small", shrinking.USES, shrinking.shrink, model)
    story = partial(_speculate, small)
    growth.story = with_model("6 · It writes with a draft", speculating.USES, story, model)
    with_model("7 · It is opened", looking.USES, looking.look, model)
    _conclude(growth, show)
    return growth


def _speculate(small: Any, parts: Parts, model: nn.Module, material: Any, plan: Plan, notes: Notes) -> str:
    return speculating.speculate(parts, model, small, material, plan, notes)


class _Stages:
    """Runs one stage after another, each in a thread with a time limit, first with the learner's pieces."""

    def __init__(self, growth: Growth, assembly: Assembly, plan: Plan, show: Callable[[str], None]) -> None:
        self.growth, self.plan, self.show = growth, plan, show
        yours = {origin.part.name: origin.part for origin in assembly.origins if origin.yours}
        self.parts = watched(assembly.parts, yours)
        self.library = librarys()

    def run(
        self, title: str, uses: Sequence[str], stage: Callable, model: nn.Module | None = None, **given: Any
    ) -> Any:
        """The stage's result; its lines are shown, its numbers kept."""
        self.show(title)
        start = time.perf_counter()
        own_start = None if model is None else twin_of(model)  # as it is before the stage trains it
        notes, failure = Notes(), ""
        arguments = {**given, **({} if model is None else {"model": model})}
        result = _attempt(partial(stage, self.parts, plan=self.plan, notes=notes, **arguments), self.plan.stage_seconds)
        self.growth.troubles = troubles(self.parts)
        if isinstance(result, Failed):
            failure, notes = result.reason, Notes()
            self.show(f"   with your pieces this stage failed: {failure}\n   it is done again with the library's alone")
            again = {**given, **({} if own_start is None else {"model": own_start})}
            result = stage(self.library, plan=self.plan, notes=notes, **again)
            self.growth.failures[title] = failure
        for line in [*self.growth.whose(uses, failure), *notes.lines]:
            self.show(f"   {line}")
        self.show(f"   ({time.perf_counter() - start:.0f} s)\n")
        self.growth.numbers[title] = notes.numbers
        self.growth.report += notes.report
        return result


def _attempt(call: Callable, seconds: float) -> Any:
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


def _conclude(growth: Growth, show: Callable[[str], None]) -> None:
    show(f"Report: {growth!r}")
    width = max(len(what) for what, _, _ in growth.report)
    for what, value, bound in growth.report:
        show(f"   {what:{width}}  {value:>9}   {bound}")
    show(f"\nWhat it writes:\n\n{growth.story}")
