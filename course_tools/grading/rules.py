"""How a class is graded, and from which seeds its inputs are drawn."""

import hashlib
from dataclasses import dataclass

from course_lib.checks.engine.outcome import CALL_SECONDS
from course_tools.grading.results import Isolation


@dataclass(frozen=True)
class Rules:
    """How is graded. seed: all inputs are drawn from it.   isolation: None takes what the machine offers.

    call_seconds: how long one call of an answer may take.
    grader_seconds: how long the grader itself may compute, in reading a notebook, or in reading or examining an answer.
    submission_seconds: when no further exercise of a notebook is begun; one that was begun has its own limit.
    """

    seed: int
    accept_flagged: bool = False
    isolation: Isolation | None = None
    call_seconds: float = CALL_SECONDS
    grader_seconds: float = 30.0
    submission_seconds: float = 300.0


def draw_seed(seed: int, exercise: str, student: str, digest: str) -> int:
    """The seed of one exercise of one submission: another for a second submission, so what a report shows is spent."""
    text = "\0".join((str(seed), exercise, student, digest))
    return int.from_bytes(hashlib.sha256(text.encode(errors="replace")).digest()[:4], "big") >> 1
