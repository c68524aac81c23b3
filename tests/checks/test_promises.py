"""Each promise of a statement is tested by its check, and what a statement leaves open is left open."""

import dataclasses
import json
import math
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from course_lib.checks.engine.catalogue import exercises_of, find_exercise
from course_lib.checks.engine.examine import RIGHT, WRONG, Examination, examine
from course_lib.checks.engine.report import report_of
from course_lib.util.topics import TOPICS, Topic
from course_tools.authoring.cells import Cell, Source
from course_tools.authoring.markers import cut
from course_tools.authoring.source import parse
from tests.checks.promises import Freedom, Promise

SOURCES = Path(__file__).parents[2] / "sources" / "solutions"
WITH_CHECKS = [topic for topic in TOPICS if exercises_of(topic.name)]


@cache
def source_of(topic: Topic) -> Source:
    """The exercises of a topic, as they are written."""
    path = SOURCES / f"{topic.stem}.py"
    return parse(path.read_text(encoding="utf-8"), path.name, exercises=True)


def statement(source: Source, name: str) -> str:
    """All that a learner reads of an exercise before its check, without the answer, as one line."""
    shown: list[str] = []
    for cell in source.cells:
        if cell.check == name:
            break
        if shown or (cell.task and cell.task.name == name):
            shown.append(cut(cell.source, code=cell.type == "code") if cell.answer else cell.source)
    return " ".join(" ".join(shown).split())


def setup(source: Source) -> str:
    """The code that stands before the first exercise: imports, mostly."""
    first = next(place for place, cell in enumerate(source.cells) if cell.task)
    before: tuple[Cell, ...] = source.cells[:first]
    return "\n".join(cell.source for cell in before if cell.type == "code")


def examined(topic: Topic, name: str, answer: str) -> Examination:
    """What the check finds of an answer: an expression, or a cell that defines it."""
    exercise = find_exercise(name)
    namespace: dict[str, Any] = {
        "__name__": "__main__",
        "math": math,
        "json": json,
        "dataclasses": dataclasses,
        "torch": torch,
    }
    exec(setup(source_of(topic)), namespace)
    namespace["right"] = exercise.reference
    if answer.startswith("lambda"):
        return examine(exercise, eval(answer, namespace), seed=3)
    exec(answer, namespace)
    return examine(exercise, namespace[name], seed=3)


def rows(table: str) -> Iterator[object]:
    """Topic, exercise and row, of that table of all topics."""
    for topic in WITH_CHECKS:
        promises = getattr(import_module(f"tests.checks.promises.{topic.name}"), table)
        for name, listed in promises.items():
            for place, row in enumerate(listed):
                yield pytest.param(topic, name, row, id=f"{name}-{place}")


@pytest.mark.parametrize("topic", WITH_CHECKS, ids=lambda topic: topic.name)
def test_every_exercise_has_its_list_of_promises(topic: Topic) -> None:
    promises = import_module(f"tests.checks.promises.{topic.name}").PROMISES
    assert set(promises) == {exercise.name for exercise in exercises_of(topic.name)}
    assert all(promises.values())


@pytest.mark.parametrize(("topic", "name", "promise"), rows("PROMISES"))
def test_each_promise_is_kept_by_the_check(topic: Topic, name: str, promise: Promise) -> None:
    assert " ".join(promise.words.split()) in statement(source_of(topic), name)
    examination = examined(topic, name, promise.answer)
    assert examination.status == WRONG
    assert promise.told in repr(report_of(examination))


@pytest.mark.parametrize(("topic", "name", "freedom"), rows("FREE"))
def test_what_a_statement_leaves_open_is_left_open(topic: Topic, name: str, freedom: Freedom) -> None:
    assert " ".join(freedom.words.split()) in statement(source_of(topic), name)
    examination = examined(topic, name, freedom.answer)
    assert examination.status == RIGHT, report_of(examination)
