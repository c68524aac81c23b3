"""What thousands of examinations do alike is done once: they ask the same questions of the same references."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import course_lib.checks.engine.likeness as likeness_module
from course_lib.checks.engine import diagnose as diagnose_module
from course_lib.checks.engine import examine as examine_module
from course_lib.checks.engine.draw import draw_cases
from course_lib.checks.engine.exercise import Case, Exercise
from course_lib.checks.engine.outcome import Outcome
from course_lib.checks.engine.subject import run
from course_lib.checks.engine.variants import Variants


class SharedRuns:
    """Cases, and what references, mutants and variants make of them, kept for one exercise at a time.

    All of it depends on nothing but exercise and seed. What is kept is held here, so that no identity is used again.
    """

    def __init__(self) -> None:
        self._exercise: Exercise | None = None
        self._drawn: dict[int, list[Case]] = {}
        self._outcomes: dict[tuple[Any, ...], Outcome] = {}
        self._variants: dict[tuple[Any, ...], tuple[Variants, list]] = {}

    def _turn_to(self, exercise: Exercise) -> None:
        if exercise is not self._exercise:
            self._exercise, self._drawn, self._outcomes, self._variants = exercise, {}, {}, {}

    def cases(self, exercise: Exercise, seed: int) -> list[Case]:
        """As `draw_cases`."""
        self._turn_to(exercise)
        if seed not in self._drawn:
            self._drawn[seed] = draw_cases(exercise, seed)
        return list(self._drawn[seed])

    def outcome(self, exercise: Exercise, trusted: Callable, case: Case, *, watched: bool = True) -> Outcome:
        """As `run`."""
        self._turn_to(exercise)
        if not any(case is one for drawn in self._drawn.values() for one in drawn):  # a property's question
            return run(exercise, trusted, case, watched=watched)
        key = (trusted, id(case), watched)
        if key not in self._outcomes:
            self._outcomes[key] = run(exercise, trusted, case, watched=watched)
        return self._outcomes[key]

    def variants(self, variants: Variants, at_once: tuple[int, ...] = (1, 2)) -> Iterator[tuple[str, Callable]]:
        """As `Variants.each`: made once, they are the same functions each time."""
        key = (id(variants), at_once)
        if key not in self._variants:
            self._variants[key] = variants, list(EACH(variants, at_once))
        return iter(self._variants[key][1])


class SharedSubject:
    """A trusted answer, exercisable from what is kept: no thread, and a question that comes again is not run again."""

    printed = ""

    def __init__(self, exercise: Exercise, trusted: Callable) -> None:
        self._exercise, self._trusted = exercise, trusted

    def announce(self, cases: Sequence[Case]) -> None:
        """Nothing is done beforehand."""

    def outcome(self, case: Case) -> Outcome:
        """As that of `Subject`."""
        return SHARED.outcome(self._exercise, self._trusted, case)


EACH = Variants.each
SHARED = SharedRuns()


@pytest.fixture
def shared_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examinations in this test share with those before it all but the answer, which is always run anew."""
    monkeypatch.setattr(examine_module, "draw_cases", SHARED.cases)
    for module in (examine_module, diagnose_module, likeness_module):
        monkeypatch.setattr(module, "run", SHARED.outcome)
    monkeypatch.setattr(Variants, "each", lambda self, at_once=(1, 2): SHARED.variants(self, at_once))
