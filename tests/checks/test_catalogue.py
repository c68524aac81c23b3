"""An exercise is found by its file: names are unique, lists and files agree, and none imports the others."""

import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import checks
from course_lib.checks.engine.catalogue import all_exercises, exercises_of, find_exercise
from course_lib.util.topics import TOPICS

FOLDER = Path(checks.__file__).parent


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_every_file_that_defines_an_exercise_is_listed_and_called_as_it_is(topic):
    files = {path.stem for path in (FOLDER / topic).glob("*.py") if "EXERCISE = " in path.read_text(encoding="utf-8")}
    assert files == {exercise.name for exercise in exercises_of(topic)}


def test_names_differ_in_more_than_capitals_so_that_files_do():
    names = [exercise.name for topic in TOPICS for exercise in exercises_of(topic.name)]
    by_topic = {topic.name: [exercise.name.lower() for exercise in exercises_of(topic.name)] for topic in TOPICS}
    assert len(names) == len(set(names)) == len(all_exercises())
    assert all(len(lowered) == len(set(lowered)) for lowered in by_topic.values())


def test_finding_one_exercise_imports_no_other():
    code = (
        "import sys; from course_lib.checks.engine.catalogue import find_exercise; find_exercise('softmax')\n"
        "ours = {name: module for name, module in sys.modules.items() if name.startswith('course_lib')}\n"
        "print(*[name for name, module in ours.items() if hasattr(module, 'EXERCISE')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["course_lib.checks.attention.softmax"]


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(LookupError, match="did you mean softmax"):
        find_exercise("sofmax")


def test_no_check_makes_up_a_head_that_nothing_reads():
    """A module that needs sizes only is given sizes; a whole model's configuration has heads as a model has them."""
    made_up = [path.name for path in FOLDER.rglob("*.py") if "n_head=1," in path.read_text(encoding="utf-8")]
    assert made_up == []
