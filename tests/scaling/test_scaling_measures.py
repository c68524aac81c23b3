"""Units, leaks, IsoFLOP curves."""

import math

import pytest

from course_lib.corpus import generate
from course_lib.scaling import bottom_of, copies, excess, overlapping, total_nats, units_of


def test_units_by_hand():
    # 8 ln 2 nats are 8 bits: over 4 tokens, 16 bytes, 2 words
    units = units_of(8 * math.log(2), tokens=4, size=16, words=2)
    assert units == pytest.approx((2 * math.log(2), 4.0, 0.5, 4.0))


def test_bits_per_byte_do_not_know_the_tokenizer():
    coarse, fine = units_of(100.0, tokens=20, size=400, words=80), units_of(100.0, tokens=50, size=400, words=80)
    assert coarse.bits_per_byte == fine.bits_per_byte
    assert coarse.nats_per_token > fine.nats_per_token


@pytest.mark.parametrize("name", ["tokens", "size", "words"])
def test_nothing_is_divided_by_zero(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        units_of(1.0, **{"tokens": 1, "size": 1, "words": 1, name: 0})


def test_a_short_last_batch_counts_by_its_tokens():
    assert total_nats([1.0, 3.0], [90, 10]) == pytest.approx(120.0)
    with pytest.raises(ValueError, match="each batch"):
        total_nats([1.0], [1, 2])


def test_planted_copies_are_found_whatever_their_spaces():
    told = [story.text for _, story in zip(range(30), generate("train"), strict=False)]
    unseen = [story.text for _, story in zip(range(10), generate("validation"), strict=False)]
    assert copies(unseen, told) == []
    planted = [*told, unseen[3].replace(" ", "\n"), unseen[7].upper()]
    assert copies(unseen, planted) == [3, 7]
    assert {3, 7} <= set(overlapping(unseen, planted))


def test_a_part_is_found_by_its_run_of_words_only():
    text = " ".join(f"word{i}" for i in range(40))
    part = "other words " + " ".join(text.split()[5:20])
    assert copies([text], [part]) == []
    assert overlapping([text], [part], n=13) == [0]
    assert overlapping([text], [part], n=16) == []
    with pytest.raises(ValueError, match="at least 1 word"):
        overlapping([text], [part], n=0)


def test_the_bottom_of_a_parabola():
    N = [10.0, 100.0, 1_000.0, 10_000.0]
    losses = [1 + (math.log(n) - math.log(300)) ** 2 for n in N]
    assert bottom_of(N, losses) == pytest.approx((300.0, 1.0))


def test_no_bottom_is_made_up():
    assert bottom_of([10.0, 100.0, 1_000.0], [3.0, 2.0, 1.5]) is None  # still falling
    assert bottom_of([10.0, 100.0, 1_000.0], [1.0, 2.0, 1.0]) is None  # a hill
    with pytest.raises(ValueError, match="three sizes"):
        bottom_of([1.0, 2.0], [1.0, 2.0])


def test_excess_is_the_difference():
    assert excess(1.0, 0.25) == 0.75
    with pytest.raises(ValueError, match="numbers"):
        excess(math.nan, 0.25)
