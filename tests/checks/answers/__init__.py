"""Answers as students type them: a file for each topic, and nothing but tables in it.

`PRELUDE`: what the exercise notebook has imported before.   `RIGHT_ANSWERS`: exercise -> sources.
`WRONG_ANSWERS`: rows of exercise, the name that the check gives to the mistake (None: refused without a name), source.
`SEEN_ANSWERS`, where there are any: rows of exercise, a part of what is told without a name, source.

`tests/checks/test_answers.py` finds every row.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from course_lib.checks.engine.catalogue import exercises_of, find_exercise
from course_lib.checks.engine.examine import Examination, examine
from course_lib.util.topics import TOPICS

TABLES: dict[str, ModuleType] = {
    topic.name: import_module(f"{__name__}.{topic.name}")
    for topic in TOPICS
    if find_spec(f"{__name__}.{topic.name}") is not None
}
TOPIC_OF = {exercise.name: topic.name for topic in TOPICS for exercise in exercises_of(topic.name)}


def examined(name: str, source: str, seed: int = 3) -> Examination:
    """The check of the exercise `name` on an answer that a student typed."""
    namespace: dict = {"__name__": "__main__"}
    exec(compile(TABLES[TOPIC_OF[name]].PRELUDE + source, "<cell>", "exec"), namespace)
    return examine(find_exercise(name), namespace[name], seed)
