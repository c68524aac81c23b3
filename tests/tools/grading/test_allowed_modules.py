"""No reference can be reached from a worker, whatever folder it lives in."""

import ast
import os
import pkgutil
import subprocess
import sys

import pytest

from course_lib.checks.engine import drive
from course_lib.checks.engine.catalogue import exercises_of
from course_lib.util.topics import TOPICS
from course_tools.grading import allowed_modules
from course_tools.grading.flags import forbidden_names
from tests.tools.grading.conftest import ROOT

ALL = [(topic.name, exercise) for topic in TOPICS for exercise in exercises_of(topic.name)]


def allowed(handouts, topic, exercise):
    return allowed_modules.modules_for_all() | allowed_modules.modules_for(handouts[topic], exercise)


@pytest.mark.parametrize(("topic", "exercise"), ALL, ids=lambda value: getattr(value, "name", value))
def test_neither_checks_nor_the_workshop_are_given(handouts, topic, exercise):
    names = allowed(handouts, topic, exercise)
    engine = ("course_lib.checks", "course_lib.checks.engine", allowed_modules.DRIVERS, allowed_modules.DESCRIBE)
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


def test_drivers_import_nothing_that_a_worker_lacks():
    """Else no worker starts, and nothing at all is graded."""
    given = allowed_modules.modules_for_all()
    drivers = [ast.parse(source) for name, source in given.items() if name.startswith(allowed_modules.DRIVERS)]
    assert allowed_modules._imported(drivers) <= set(given)


def test_nothing_that_is_given_is_an_answer_as_it_stands(tmp_path):
    """In no lesson and under no name: neither what another exercise may use nor what all workers have."""
    command = [sys.executable, "-m", "tests.tools.grading.lent_answers"]
    settings = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "COURSE_QUIET": "1", "HOME": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **settings}, text=True, capture_output=True, timeout=600, check=False
    )
    assert done.stdout.splitlines() == ["all tried"], done.stderr[-2_000:]
