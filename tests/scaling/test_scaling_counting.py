"""The model that counts."""

import math

import pytest

from course_lib.scaling.counting import CountingModel


def test_by_hand():
    # After 0 came 1 twice and 2 once; tokens alone: 1 twice, 2 once; V = 4, m = 1.
    model = CountingModel(4, order=1).read([[0, 1], [0, 1], [0, 2]])
    alone = (2 + 1 / 4) / (3 + 1)
    assert model.probability(1, ()) == pytest.approx(alone)
    assert model.probability(1, (0,)) == pytest.approx((2 + alone) / (3 + 1))
    assert model.nats([0, 1]) == pytest.approx(-math.log((2 + alone) / 4))


@pytest.mark.parametrize("context", [(), (1,), (3, 1), (2, 2)])
def test_chances_add_up_to_1(context):
    model = CountingModel(5, order=2).read([[0, 3, 1, 2, 3, 1, 4], [0, 1, 1]])
    assert sum(model.probability(token, context) for token in range(5)) == pytest.approx(1.0)


def test_what_was_read_often_is_known_by_heart():
    text = [0, 3, 1, 4, 1, 5, 2, 6, 5, 3]
    assert CountingModel(8, order=4).read([text] * 50).nats(text) < 0.3 < CountingModel(8, order=4).nats(text)


def test_nothing_read_means_all_are_equal():
    assert CountingModel(10, order=3).nats([0, 1, 2]) == pytest.approx(2 * math.log(10))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="order of at least 0"):
        CountingModel(10, order=-1)
