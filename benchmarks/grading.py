"""Submissions graded a minute, the sandbox warm: a notebook with every exercise solved, by two processes."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.report import Measurement
from course_lib.util.topics import find_topic
from course_tools.authoring.layout import find_root
from course_tools.grading.collect import Submission, digest_of
from course_tools.grading.rules import Rules
from course_tools.grading.spread import Settings, grade_one

TOPIC = "attention"
PROCESSES = 2
SUBMISSIONS = 60  # a round
TARGET = 500  # a minute


def measure(runs: int) -> Iterator[Measurement]:
    """Rounds of as many students' notebooks, which differ, so that each meets inputs of its own."""
    root = find_root()
    settings = Settings(str(root), (TOPIC,), Rules(seed=0))
    notebook = json.loads((root / "solutions" / f"{find_topic(TOPIC).stem}.ipynb").read_text(encoding="utf-8"))
    speeds = []
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for number in range(-1, runs):  # the first round starts the sandboxes
            start = time.perf_counter()
            waiting = [
                pool.submit(grade_one, settings, *submission(notebook, f"{number}-{student}"))
                for student in range(SUBMISSIONS)
            ]
            grades = [future.result() for future in waiting]
            speeds.append(SUBMISSIONS * 60 / (time.perf_counter() - start))
            if any(exercise.status not in ("right", "manual") for grade in grades for exercise in grade.exercises):
                raise ValueError("a solution was not graded as right: nothing to measure")
    isolation = grades[0].isolation
    yield Measurement(
        f"grading lesson 03, {PROCESSES} processes, {isolation}", "-", tuple(speeds[1:]), "/ min", at_least=TARGET
    )


def submission(notebook: dict, student: str) -> tuple[Submission, bytes]:
    """The notebook as one student's."""
    data = json.dumps({**notebook, "metadata": {"student": student}}).encode()
    time_in = "2026-01-01T00:00:00+00:00"
    return Submission(student, TOPIC, f"{student}.ipynb", Path(), "", time_in, digest_of(data)), data
