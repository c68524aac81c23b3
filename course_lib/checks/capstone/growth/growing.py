"""The way of a learner's model through all stages, and the report at its end."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from course_lib.checks.capstone.assembly import assemble
from course_lib.checks.capstone.building import pack_model, unpack_model
from course_lib.checks.capstone.growth import choosing, listening, looking, material, shrinking, speculating, telling
from course_lib.checks.capstone.growth.grown import Growth
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.growth.stages import ALL_PARTS, Stage, Stages
from course_lib.checks.capstone.parts import Parts
from course_lib.checks.engine.outcome import CALL_SECONDS
from course_lib.show.progress import say
from course_lib.util.language import words

PLACE = "capstone"  # where what is said here stands among the translations


def _as_it_is(value: Any, *_: Any) -> Any:
    return value


def _model(weights: Any, parts: Parts, plan: Plan) -> Any:
    return unpack_model(weights, parts, plan.shape)


def _speculate(parts: Parts, model: Any, small: Any, material: Any, plan: Plan, notes: Notes) -> str:
    return speculating.speculate(parts, model, small, material, plan, notes)


STAGES = (
    Stage("1 · The stories", material.USES, material.gather, material.pack, material.unpack),
    Stage("2 · It learns to tell", telling.USES, telling.tell, pack_model, _model),
    Stage("3 · It learns to listen", listening.USES, listening.listen, pack_model, _model),
    Stage("4 · It learns to prefer", choosing.USES, choosing.choose, pack_model, _model),
    Stage("5 · It becomes small", shrinking.USES, shrinking.shrink, pack_model, _model),
    Stage("6 · It writes with a draft", speculating.USES, _speculate, _as_it_is, _as_it_is),
    Stage("7 · It is opened", looking.USES, looking.look, _as_it_is, _as_it_is),
)


def grow(
    *answers: Callable,
    folder: str | Path | None = None,
    plan: Plan | None = None,
    show: Callable[[str], None] = say,
    seconds: float = CALL_SECONDS,
    out: str | Path | None = None,
) -> Growth:
    """Train, fine-tune, align, quantize, speculate and open a model made of the learner's answers, and report.

    answers, folder, seconds: as for `assemble`.   plan: how much of everything.   show: takes each line.
    out: folder in which each finished stage is kept; a later call goes on after those that were made of the same
    answers. None keeps nothing.

    A piece that is missing or not right is the library's. So is one that goes wrong at work; a stage that ends in an
    error or takes too long with the learner's pieces is done again without them, and both is said.
    Raises FileNotFoundError if a folder is given and there is no exercise notebook in it.
    """
    plan = plan or Plan()
    spoken = words(PLACE)

    def tell(text: str, before: str = "", after: str = "") -> None:
        show(before + spoken.tell(text) + after)

    assembly = assemble(*answers, folder=folder, seconds=seconds, wanted=ALL_PARTS)
    growth = Growth(assembly.origins)
    total = len(growth.origins)
    yours = f"{len(growth.yours)} of {total} pieces are yours. The others are the library's; each stage says which."
    tell(yours, after="\n")
    stages = Stages(STAGES, growth, assembly, plan, tell, out)
    stages.announce()
    stories: material.Material = stages.run(1)
    run = partial(stages.run, material=stories)
    model = run(2)
    model = run(3, model)
    model = run(4, model)
    small = run(5, model)
    growth.story = run(6, model, small=small)
    run(7, model)
    _conclude(growth, tell, lambda text: spoken.known(text) or text, show)
    return growth


def _conclude(
    growth: Growth, tell: Callable[..., None], translated: Callable[[str], str], show: Callable[[str], None]
) -> None:
    tell(f"Report: {growth!r}")
    rows = [(translated(what), translated(value), translated(bound)) for what, value, bound in growth.report]
    width = max(len(what) for what, _, _ in rows)
    for what, value, bound in rows:
        show(f"   {what:{width}}  {value:>9}   {bound}")
    tell("What it writes:", before="\n")
    show(f"\n{growth.story}")
