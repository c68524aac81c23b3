"""No list of inputs scores: they are drawn, in numbers and in an order that nobody can write down."""

import copy

import pytest
import torch

from course_lib.checks.engine import examine as examine_module
from course_lib.checks.engine.catalogue import all_exercises, find_exercise
from course_lib.checks.engine.draw import CALLS_OF_ONE_QUESTION, FEWEST_CALLS, draw_cases, draw_order
from course_lib.checks.engine.drive import is_as_before, snapshot
from course_lib.checks.engine.examine import RIGHT, WRONG, examine
from course_lib.checks.engine.exercise import Case, Exercise, Property, single_case
from course_lib.checks.engine.report import report_of

EXERCISES = [exercise for exercise in all_exercises().values() if exercise.cases is not single_case]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
HINTS = ("", "", "")


@each_exercise
def test_another_seed_asks_something_else(exercise: Exercise) -> None:
    one, other = (draw_cases(exercise, seed) for seed in (1, 2))
    known = [snapshot((case.args, dict(case.kwargs))) for case in one]
    new = [case for case in other if not any(is_as_before(k, (case.args, dict(case.kwargs))) for k in known)]
    assert new


@pytest.mark.parametrize("name", ["write_to_the_end", "family_mask", "ModelConfig", "torch_name"])
def test_what_was_a_table_is_drawn(name: str) -> None:
    exercise = find_exercise(name)
    drawn = []
    for seed in range(8):
        known = [is_known for is_known in drawn]
        fresh = [snapshot((case.args, dict(case.kwargs))) for case in draw_cases(exercise, seed)]
        new = [one for one in fresh if not any(repr(one) == repr(other) for other in known)]
        assert seed == 0 or new
        drawn += new


@pytest.mark.usefixtures("shared_runs")
@pytest.mark.parametrize(
    ("exercise", "right_calls"),
    [
        *((exercise, 1) for exercise in all_exercises().values()),
        *((exercise, 7) for exercise in EXERCISES),  # without inputs the first answer would do as well for all
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_right_at_first_and_nothing_after_is_wrong(
    exercise: Exercise, right_calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def tires(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        return exercise.reference(*args, **kwargs) if calls <= right_calls else None

    assert examine(exercise, tires, 0).status == WRONG
    # What is told of it takes far longer than the verdict, and has been seen once.
    monkeypatch.setattr(examine_module, "diagnose", lambda exercise, asked: None)
    monkeypatch.setattr(examine_module, "likeness", lambda exercise, asked: ())
    for seed in (1, 2):
        calls = 0
        assert examine(exercise, tires, seed).status == WRONG


def test_cases_and_properties_are_mixed_and_the_order_and_number_differ() -> None:
    cases = [Case((number,)) for number in range(5)]
    orders = [draw_order(cases, 3, seed) for seed in range(20)]
    assert all(set(order) == set(range(8)) for order in orders)
    assert all(len(order) >= FEWEST_CALLS for order in orders)
    assert len({tuple(order) for order in orders}) == 20
    assert len({len(order) for order in orders}) > 3
    assert {order[-1] >= 5 for order in orders} == {True, False}
    assert draw_order(cases, 3, 4) == draw_order(cases, 3, 4)


def test_what_takes_no_input_is_asked_twice() -> None:
    assert all(draw_order([Case(())], 0, seed) == [0] * CALLS_OF_ONE_QUESTION for seed in range(5))
    assert CALLS_OF_ONE_QUESTION == 2
    assert all(len(draw_order([Case((3,))], 0, seed)) >= FEWEST_CALLS for seed in range(5))


def test_what_is_shown_has_the_order_of_the_exercise_and_the_input_that_is_done_by_hand() -> None:
    def cases(generator: torch.Generator) -> list[Case]:
        return [
            Case((torch.randn(6, 5, generator=generator),), label="drawn"),
            Case((torch.tensor([1.0, 2.0, 3.0]),), label="three numbers"),
            Case((torch.tensor([1.0, 2.0]),), label="two numbers"),
        ]

    double = Exercise(
        "double",
        lambda x: 2 * x,
        cases,
        (),
        HINTS,
        "lesson 01",
        properties=tuple(Property(f"{n}", lambda call, generator: None) for n in range(3)),
    )
    for seed in range(5):
        examination = examine(double, lambda x: 3 * x, seed)
        assert [verdict.statement for verdict in examination.verdicts][1:] == ["0", "1", "2"]
        assert "two numbers: " in repr(report_of(examination))
        assert "Input: tensor([1, 2])" in repr(report_of(examination))


def test_large_drawn_inputs_are_not_shown() -> None:
    drawn = Exercise(
        "double", lambda x: 2 * x, lambda g: [Case((torch.randn(4, generator=g),))], (), HINTS, "lesson 01"
    )
    assert "Input:" not in repr(report_of(examine(drawn, lambda x: 3 * x, 1)))


def test_the_inputs_of_a_round_are_not_asked_twice_as_if_they_were_two() -> None:
    fixed = Exercise("double", lambda x: 2 * x, lambda g: [Case((1,)), Case((2,))], (), HINTS, "lesson 01")
    assert len(draw_cases(fixed, 1)) == 2
    assert "right result on all inputs" in repr(report_of(examine(fixed, lambda x: 2 * x, 1)))
    assert examine(fixed, copy.copy(lambda x: 2 * x), 1).status == RIGHT
