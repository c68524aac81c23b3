"""What an exercise is, as data: a reference, inputs, properties, and the mistakes that learners really make."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from course_lib.checks.engine import drive as drivers
from course_lib.checks.engine.outcome import CALL_SECONDS
from course_lib.checks.engine.variants import Variants

Call = Callable[..., Any]  # an answer, as a property sees it: bounded in time, on copies of its inputs


class Failed(Exception):
    """Raised by a property's test: the message says what was expected, what came, and on which input."""


@dataclass(frozen=True)
class Case:
    """One input. label says in words what is special about it: "2 queries, 3 keys, d = 4"."""

    args: tuple = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True)
class Property:
    """A sentence that holds for every right answer, and its test.

    test: called with the answer and a seeded generator; raises Failed where the sentence does not hold.
    """

    statement: str
    test: Callable[[Call, torch.Generator], None]


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that learners really give.

    mutant: the reference with that mistake, exercised exactly like an answer.
    explanation: what the learner's code does, and what it should do; shown when an answer behaves like it.
    """

    name: str
    mutant: Callable
    explanation: str


@dataclass(frozen=True)
class Exercise:
    """All that is known about an exercise but its text, which is in `sources/solutions`.

    name: the function or class that the learner writes; unique in the course.
    reference: a right answer.   cases: inputs, smallest first, the random ones drawn from the generator.
    drive: runs an answer on one case's input and returns plain data (see `course_lib.checks.engine.drive`).
    review: what to read again.   tolerance: absolute and relative, for floating point numbers.
    forbidden: what would do the work instead of the learner, such as "torch.softmax", besides the reference itself;
        the grader flags an answer that uses it, and lends nothing of it that is the library's own.
    seconds: how long one call may take at most; less where an answer is likely never to end, and none needs long.
    variants: code of a right answer with the places where slips happen, for those that are not listed.
    may_change_inputs: the reference's names of the inputs that the exercise asks to change; all others, and what they
        hold, must be after each call what they were before.

    Raises ValueError unless there are three hints and the misconceptions' names differ.
    """

    name: str
    reference: Callable
    cases: Callable[[torch.Generator], Iterable[Case]]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str, str]
    review: str
    properties: tuple[Property, ...] = ()
    drive: Callable[..., Any] = drivers.call
    tolerance: float = 1e-5
    seconds: float = CALL_SECONDS
    forbidden: tuple[str, ...] = ()
    may_change_inputs: tuple[str, ...] = ()
    variants: Variants | None = None

    def __post_init__(self) -> None:
        if len(self.hints) != 3:
            raise ValueError(f"exercise {self.name}: give three hints, got {len(self.hints)}")
        names = [misconception.name for misconception in self.misconceptions]
        if len(set(names)) != len(names):
            raise ValueError(f"exercise {self.name}: two misconceptions have the same name: {names}")


def single_case(generator: torch.Generator) -> list[Case]:
    """The cases of a prediction: one call without arguments."""
    return [Case(label="your prediction")]
