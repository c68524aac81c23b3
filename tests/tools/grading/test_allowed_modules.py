"""No reference can be reached from a worker, whatever folder it lives in."""

import ast
import pkgutil

import pytest

from course_lib.checks.engine import drive
from course_lib.checks.engine.catalogue import exercises_of
from course_lib.util.topics import TOPICS
from course_tools.grading import allowed_modules
from course_tools.grading.flags import forbidden_names

ALL = [(topic.name, exercise) for topic in TOPICS for exercise in exercises_of(topic.name)]


def allowed(handouts, topic, exercise):
    return allowed_modules.modules_for_all() | allowed_modules.modules_for(handouts[topic], exercise)


@pytest.mark.parametrize(("topic", "exercise"), ALL, ids=lambda value: getattr(value, "name", value))
def test_neither_checks_nor_the_workshop_are_given(handouts, topic, exercise):
    names = allowed(handouts, topic, exercise)
    engine = ("course_lib.checks", "course_lib.checks.engine", allowed_modules.DRIVERS)
    drivers = (f"{allowed_modules.DRIVERS}.{module.name}" for module in pkgutil.iter_modules(drive.__path__))
    assert {name for name in names if name.startswith("course_lib.checks")} == {*engine, *drivers}
    assert [name for name in names if not name.startswith("course_lib")] == []


@pytest.mark.parametrize(("topic", "exercise"), ALL, ids=lambda value: getattr(value, "name", value))
def test_what_an_exercise_asks_for_is_cut_out_of_what_is_given(handouts, topic, exercise):
    sources = allowed(handouts, topic, exercise)
    for name in forbidden_names(exercise):
        if not name.startswith("course_lib."):
            continue
        module, definition = allowed_modules._home(name)
        for node in ast.parse(sources.get(module, "")).body:
            if getattr(node, "name", "") == definition:
                assert "is what this exercise asks to write" in ast.unparse(node), f"{module}.{definition} is there"
