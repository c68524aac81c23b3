"""What must hold of every exercise's check, whatever the topic."""

import dataclasses
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from course_lib.checks.engine.catalogue import all_exercises, exercises_of
from course_lib.checks.engine.compare import outcome_difference
from course_lib.checks.engine.draw import draw_cases
from course_lib.checks.engine.drive import is_as_before, snapshot
from course_lib.checks.engine.examine import RIGHT, WRONG, examine, examine_subject, run
from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.outcome import Returned
from course_lib.checks.engine.report import report_of
from course_lib.util.topics import TOPICS
from tests.checks.conftest import SharedSubject

EXERCISES = list(all_exercises().values())
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.misconceptions]
SEEDS = (1, 2, 3)

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


def seeds_of(exercise: Exercise) -> tuple[int, ...]:
    """One where nothing depends on it: the exercise asks one question, the same each time."""
    return SEEDS if exercise.cases is not single_case or exercise.properties else SEEDS[:1]


def test_names_are_unique_in_the_course() -> None:
    assert len(EXERCISES) == sum(len(exercises_of(topic.name)) for topic in TOPICS)


@each_exercise
def test_the_reference_passes(exercise: Exercise) -> None:
    for seed in seeds_of(exercise):
        examination = examine(exercise, exercise.reference, seed)
        assert examination.status == RIGHT, report_of(examination)


@pytest.mark.usefixtures("shared_runs")
@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=lambda value: value.name)
def test_each_misconception_is_rejected_and_named(exercise: Exercise, mistake: object) -> None:
    first, *others = seeds_of(exercise)
    examinations = [examine(exercise, mistake.mutant, first)]  # in a thread, some things asked again
    examinations += [examine_subject(exercise, SharedSubject(exercise, mistake.mutant), seed) for seed in others]
    for examination in examinations:
        assert examination.status == WRONG
        assert examination.mistake is mistake, report_of(examination)


@each_exercise
def test_variants_are_of_a_right_answer_and_none_of_them_is_right(exercise: Exercise) -> None:
    if exercise.variants is None:
        return
    assert examine(exercise, exercise.variants.right(), 3).status == RIGHT
    cases = [case for seed in SEEDS for case in draw_cases(exercise, seed)]
    wanted = [run(exercise, exercise.reference, case) for case in cases]
    for line, mutant in exercise.variants.each(at_once=(1,)):
        got = (run(exercise, mutant, case) for case in cases)
        pairs = zip(wanted, got, strict=True)
        assert any(outcome_difference(*pair, exercise.tolerance) is not None for pair in pairs), line


@each_exercise
def test_at_least_three_misconceptions_and_all_explained(exercise: Exercise) -> None:
    assert len(exercise.misconceptions) >= 3
    for mistake in exercise.misconceptions:
        assert len(mistake.explanation) > 20
        assert mistake.explanation.endswith((".", "?", "!"))


def like(value: object, make: object) -> object:
    """Plain data of the same form, every leaf made anew by `make`."""
    if isinstance(value, dict):
        return {key: like(item, make) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(like(item, make) for item in value)
    return make(value)


def zero(value: object) -> object:
    if isinstance(value, Tensor):
        return torch.zeros_like(value)
    return type(value)() if isinstance(value, (bool, int, float, str, bytes)) else value


def noise(value: object) -> object:
    if isinstance(value, Tensor):
        return (
            torch.rand(value.shape) > 0.5
            if value.dtype == torch.bool
            else (torch.rand(value.shape) * 9).to(value.dtype)
        )
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (str, bytes)):
        return value * 2
    return value + type(value)(7) if isinstance(value, (int, float)) else value


@each_exercise
@pytest.mark.parametrize("make", [zero, noise])
def test_zeros_and_noise_of_the_right_form_fail(exercise: Exercise, make: object) -> None:
    cases = list(exercise.cases(torch.Generator().manual_seed(0)))
    outputs = [
        outcome.value for case in cases if isinstance(outcome := run(exercise, exercise.reference, case), Returned)
    ]
    faked = iter(like(value, make) for value in outputs)
    drawn = dataclasses.replace(
        exercise,
        drive=lambda watched, *args, **kwargs: (
            exercise.drive(watched, *args, **kwargs) if watched.answer is exercise.reference else next(faked)
        ),
    )
    assert any(str(value) != str(like(value, make)) for value in outputs)
    assert examine(drawn, lambda *args, **kwargs: None, seed=0).status == WRONG


@each_exercise
def test_returning_the_first_input_fails(exercise: Exercise) -> None:
    def echo(*args: object, **kwargs: object) -> object:
        return args[0] if args else None

    assert examine(exercise, echo, seed=0).status == WRONG


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.cases is not single_case], ids=lambda e: e.name)
def test_inputs_cannot_be_listed(exercise: Exercise) -> None:
    """Whoever wrote down all that five checks asked would not know all that the sixth asks."""
    *earlier, last = ([(case.args, dict(case.kwargs)) for case in draw_cases(exercise, seed)] for seed in range(6))
    table = [snapshot(asked) for drawn in earlier for asked in drawn]
    assert any(not any(is_as_before(known, asked) for known in table) for asked in last)


@each_exercise
def test_a_check_takes_less_than_a_second(exercise: Exercise) -> None:
    # Of the processor's time, which does not grow when others are busy; right and wrong answers alike.
    answers = [exercise.reference, *(mistake.mutant for mistake in exercise.misconceptions[:1])]

    def seconds(answer: Callable, seed: int) -> float:
        start = time.process_time()
        examine(exercise, answer, seed)
        return time.process_time() - start

    for answer in answers:
        assert any(seconds(answer, seed) < 1 for seed in SEEDS)  # three attempts: the first may import something
