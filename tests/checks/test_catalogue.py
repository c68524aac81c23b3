"""An exercise is found by its file: names are unique, lists and files agree, and none imports the others."""

import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import checks
from course_lib.checks.engine.catalogue import all_exercises, exercises_of, find_exercise
from course_lib.util.topics import TOPICS

FOLDER = Path(checks.__file__).parent
LONGEST = 200  # lines of a file that holds an exercise


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_every_file_that_defines_an_exercise_is_listed_and_called_as_it_is(topic):
    files = {path.stem for path in (FOLDER / topic).glob("*.py") if "EXERCISE = " in path.read_text(encoding="utf-8")}
    assert files == {exercise.name for exercise in exercises_of(topic)}


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_no_file_of_a_check_is_long(topic):
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (FOLDER / topic).glob("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


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
