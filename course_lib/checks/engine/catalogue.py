"""Finding an exercise by the name of the function or class that the learner writes.

`course_lib/checks/<topic>/__init__.py` lists the names of a topic's exercises and imports nothing;
`course_lib/checks/<topic>/<name>.py` is the exercise. So all names are known without importing a single exercise, and
looking one up imports that one.
"""

import difflib
from importlib import import_module
from importlib.util import find_spec

from course_lib.checks.engine.exercise import Exercise
from course_lib.util.topics import TOPICS

CHECKS = "course_lib.checks"


def exercises_of(topic: str) -> tuple[Exercise, ...]:
    """The exercises of one topic, in the order of its notebook; none if the topic has no checks."""
    return tuple(_exercise(topic, name) for name in _listed(topic))


def all_exercises() -> dict[str, Exercise]:
    """Every exercise of the course by name."""
    return {exercise.name: exercise for topic in TOPICS for exercise in exercises_of(topic.name)}


def is_exercise(name: str) -> bool:
    """Whether an exercise is called `name`."""
    return any(name in _listed(topic.name) for topic in TOPICS)


def find_exercise(name: str) -> Exercise:
    """The exercise called `name`. Raises LookupError, with the nearest names, if there is none."""
    if topic := topic_of(name):
        return _exercise(topic, name)
    names = [listed for each in TOPICS for listed in _listed(each.name)]
    near = difflib.get_close_matches(name, names, n=3)
    guess = f"; did you mean {', '.join(near)}?" if near else ""
    raise LookupError(f"no exercise asks for {name!r}. Keep the name that the exercise gives{guess}")


def topic_of(name: str) -> str:
    """The topic whose exercise is called `name`; empty if there is none."""
    return next((topic.name for topic in TOPICS if name in _listed(topic.name)), "")


def _listed(topic: str) -> tuple[str, ...]:
    """Names of a topic's exercises, in the order of its notebook; none if it has no checks."""
    return import_module(f"{CHECKS}.{topic}").EXERCISES if find_spec(f"{CHECKS}.{topic}") else ()


def _exercise(topic: str, name: str) -> Exercise:
    return import_module(f"{CHECKS}.{topic}.{name}").EXERCISE
