"""The loss curve of lesson 11: what it says of a step is what course_lib computes from the log."""

import math

import pytest

from course_lib.pretrained.shipped import read_log
from course_lib.scaling import excess
from course_tools.site.plays.loss import Axis, loss
from tests.tools.site.node import asked_of_node, needs_node

VOCABULARY = 10_000


@pytest.fixture(scope="module")
def log():
    return read_log("howsam")


def as_given(log):
    """What the module reads from the page."""
    kept = {"losses": log.losses, "every": log.every, "tokens": log.tokens, "floor": log.floor}
    return {**kept, "vocabulary": VOCABULARY}


@needs_node
def test_what_is_said_of_a_step_is_what_the_library_computes(log):
    places = (0, 17, 499, len(log.losses) - 1)
    for place, found in zip(
        places, asked_of_node("loss", "reading", [[as_given(log), at] for at in places]), strict=True
    ):
        above = excess(log.losses[place], log.floor)
        assert found["step"] == log.steps[place]
        assert found["above"] == pytest.approx(above)
        assert found["times"] == pytest.approx(math.exp(log.losses[place]) / math.exp(log.floor))
        assert found["way"] == pytest.approx(100 * (1 - above / excess(math.log(VOCABULARY), log.floor)))
    assert found["tokens"] == log.tokens


@needs_node
def test_the_slider_goes_from_the_first_mean_to_the_last_on_a_log_axis():
    assert asked_of_node("loss", "placeOf", [[0, 1000], [1 / 3, 1000], [0.5, 100], [1, 1000]]) == [0, 9, 9, 999]


def test_a_log_axis_makes_equal_factors_equally_wide():
    axis = Axis(1, 100, (), is_log=True)
    assert [axis.share(number) for number in (1, 10, 100)] == pytest.approx([0, 0.5, 1])
    assert Axis(0, 10, (), is_log=False).share(4) == pytest.approx(0.4)


def test_without_scripts_it_is_both_curves_with_the_floor(log):
    text = loss(log, VOCABULARY)
    assert text.count("<svg") == text.count("<polyline") == 2
    assert text.count('class="floor"') == 1
    assert text.count('class="unseen"') == 2 * len(log.validation)
    assert f"the floor of {log.floor:.2f} nats per token" in text
