"""Finding an exercise by the name of the function or class that the learner writes."""

import difflib
from importlib import import_module
from importlib.util import find_spec

from course_lib.checks.engine.exercise import Exercise
from course_lib.util.topics import TOPICS


def exercises_of(topic: str) -> tuple[Exercise, ...]:
    """The exercises of one topic, in the order of its notebook; none if the topic has no checks."""
    if find_spec(f"course_lib.checks.{topic}") is None:
        return ()
    return import_module(f"course_lib.checks.{topic}").EXERCISES


def all_exercises() -> dict[str, Exercise]:
    """Every exercise of the course by name."""
    return {exercise.name: exercise for topic in TOPICS for exercise in exercises_of(topic.name)}


def find_exercise(name: str) -> Exercise:
    """The exercise called `name`. Raises LookupError, with the nearest names, if there is none."""
    exercises = all_exercises()
    if name in exercises:
        return exercises[name]
    near = difflib.get_close_matches(name, exercises, n=3) or sorted(exercises)
    raise LookupError(
        f"no exercise asks for {name!r}. Keep the name that the exercise gives; did you mean {', '.join(near)}?"
    )
