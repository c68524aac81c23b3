"""One sandbox for all tests of grading, notebooks as students hand them in, and the command as it is typed."""

import copy
import json
from pathlib import Path

import pytest

from course_lib.util.topics import find_topic
from course_tools import cli
from course_tools.grading import reporting
from course_tools.grading.collect import Submission, digest_of
from course_tools.grading.grade import Grader
from course_tools.grading.handout import load_handouts
from course_tools.grading.rules import Rules
from course_tools.grading.sandbox import SandboxLacking
from tests.tools.grading.class_of_four import class_of_four

ROOT = Path(__file__).parents[3]
CALL_SECONDS = 2.0  # so that what never ends costs the tests little


def code_cell(source):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def exercise_notebook(topic):
    """The exercise as handed out, as data."""
    return json.loads((ROOT / "exercises" / f"{find_topic(topic).stem}.ipynb").read_text(encoding="utf-8"))


def with_answers(topic, *sources):
    """The exercise with code cells added at its end."""
    notebook = copy.deepcopy(exercise_notebook(topic))
    notebook["cells"] += [code_cell(source) for source in sources]
    return notebook


@pytest.fixture(scope="session")
def handouts():
    return load_handouts(ROOT)


@pytest.fixture(scope="session")
def sandbox(handouts):
    """Skips, with the reason and its remedy, what needs a worker where none can be had: as root without bubblewrap.

    Where one could be had and does not start, nothing is skipped: that is an error.
    """
    with Grader(handouts, Rules(seed=5)) as one:
        try:
            one.zygote  # noqa: B018  # starts it
        except SandboxLacking as failure:
            pytest.skip(f"no sandbox: {failure}")


@pytest.fixture(scope="session")
def grader(handouts, sandbox):
    with Grader(handouts, Rules(seed=5)) as one:
        yield one


@pytest.fixture(scope="session")
def isolated(handouts, sandbox):
    """A grader with little patience, where this machine can isolate."""
    with Grader(handouts, Rules(seed=5, call_seconds=CALL_SECONDS), hide=(ROOT,)) as one:
        if one.zygote.isolation == "none":
            assert one.zygote.lacking, one.zygote.why
            pytest.skip(f"nothing can be isolated here: {one.zygote.why}")
        yield one


def submission_of(notebook, topic="attention", student="jane"):
    data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    time = "2026-01-01T00:00:00+00:00"
    return Submission(student, topic, f"{student}.ipynb", Path("nowhere"), "", time, digest_of(data)), data


def graded(grader, notebook, topic="attention"):
    """The exercises' grades by name."""
    grade = grader.grade(*submission_of(notebook, topic))
    return {exercise.name: exercise for exercise in grade.exercises}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The command, for a class whose grades are known; it gives the exit status."""
    grades = [class_of_four()]
    asked = []
    monkeypatch.setattr(reporting, "grade_class", lambda source, out, **options: asked.append(options) or grades[0])

    def command(*arguments):
        return cli.main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *map(str, arguments)])

    command.grades = grades
    command.asked = asked
    command.out = tmp_path / "out"
    return command
