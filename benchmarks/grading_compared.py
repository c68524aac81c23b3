"""`python -m benchmarks.grading_compared OLDER_CHECKOUT`: how much more the grader does than that of an older commit.

Both grade the solutions that lie beside them, warm, in turns, so that a machine that has other things to do slows down
both. Processor time counts, of the grader and of all workers: what a machine grades in a minute is in inverse
proportion to it. An older checkout is made by `git worktree add ../older COMMIT`.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.control_groups import ControlGroup

SCRIPT = Path(__file__).with_name("grading_rounds.py")
HERE = Path(__file__).parents[1]
LESSONS = tuple(f"{number:02}" for number in range(1, 15))  # of 1 to 14, which the course had when it began to count
WORKLOADS = {"lesson 03": (10, ("03",)), "lessons 01 to 14": (1, LESSONS)}  # students a round, lessons


class Round(NamedTuple):
    """seconds: of processors.   exercises: that were graded."""

    seconds: float
    exercises: int


class Checkout:
    """A grader that waits to be asked for a round, of a checkout's own code."""

    def __init__(self, folder: Path, students: int, lessons: Sequence[str]) -> None:
        settings = {"PYTHONPATH": str(folder), "COURSE_QUIET": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(students), *lessons],
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._group = ControlGroup(f"grading-{folder.name}")
        self._group.take(self._process)

    def round(self) -> Round:
        """Grade them all once."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        before = self._group.seconds()
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a grader ended: what it said stands above")
        return Round(self._group.seconds() - before, int(line))

    def close(self) -> None:
        """End it."""
        self._process.communicate()
        self._group.close()


def compare(older: Path, students: int, lessons: Sequence[str], rounds: int) -> list[tuple[Round, Round]]:
    """What a round took, the older first, after one that is not counted."""
    both = Checkout(older, students, lessons), Checkout(HERE, students, lessons)
    try:
        pairs = [(both[0].round(), both[1].round()) for _ in range(rounds + 1)]
    finally:
        for checkout in both:
            checkout.close()
    return pairs[1:]


def sentence(name: str, students: int, pairs: Sequence[tuple[Round, Round]]) -> str:
    """The comparison in a line."""
    ratios = [then.seconds / now.seconds for then, now in pairs]
    then, now = (statistics.median(side) / students for side in zip(*(_seconds(pair) for pair in pairs), strict=True))
    exercises = [one.exercises // students for one in pairs[0]]
    each = then / exercises[0] / (now / exercises[1])
    return (
        f"{name}: {statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f}) times as many students; "
        f"a student takes {now * 1000:.0f} ms, then {then * 1000:.0f} ms; "
        f"{exercises[1]} exercises, then {exercises[0]}: {each:.2f} times as many exercises"
    )


def _seconds(pair: tuple[Round, Round]) -> tuple[float, float]:
    return pair[0].seconds, pair[1].seconds


def main() -> None:
    """Compare for each of the workloads."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading_compared", description=__doc__)
    parser.add_argument("older", type=Path, help="a checkout of the older commit")
    parser.add_argument("--rounds", type=int, default=7, help="of each workload (default: 7)")
    parser.add_argument("--only", choices=WORKLOADS, help="one workload")
    arguments = parser.parse_args()
    for name, (students, lessons) in WORKLOADS.items():
        if arguments.only in (None, name):
            print(sentence(name, students, compare(arguments.older, students, lessons, arguments.rounds)), flush=True)


if __name__ == "__main__":
    main()
