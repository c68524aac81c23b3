"""Measures of what a model wrote, by hand and on stories of the source itself."""

import math

import pytest

from course_lib.corpus import score, write_story
from course_lib.generation import distinct_n, judge, possible_share


def test_distinct_n_by_hand() -> None:
    words = ["the", "cat", "saw", "the", "cat"]
    assert distinct_n([words], 1) == 3 / 5
    assert distinct_n([words], 2) == 3 / 4  # the cat, cat saw, saw the, the cat
    assert distinct_n([words], 3) == 1
    assert distinct_n([[1, 1, 1, 1]], 2) == 1 / 3


def test_texts_count_together_but_no_n_gram_spans_two() -> None:
    assert distinct_n([[1, 2], [1, 2]], 2) == 1 / 2
    assert distinct_n([[1, 2], [3, 4]], 2) == 1
    assert distinct_n([[1], [1, 2, 3]], 3) == 1  # the first is too short to have one


@pytest.mark.parametrize(("texts", "n", "said"), [([[1, 2]], 0, "n must be at least 1"), ([[1]], 2, "no text has 2")])
def test_nothing_to_count_is_refused(texts: list[list[int]], n: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        distinct_n(texts, n)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_story_of_the_source_is_possible_and_has_its_probability(seed: int) -> None:
    story = write_story(seed)
    verdict = judge(story.text)
    assert verdict.possible
    assert verdict.possible_share == 1
    assert verdict.log_probability == score(story.text) == pytest.approx(story.log_probability)
    assert verdict.perplexity(100) == pytest.approx(math.exp(-story.log_probability / 100))


def test_a_story_that_breaks_off_is_a_beginning_and_no_story() -> None:
    text = write_story(0).text
    verdict = judge(text[: len(text) // 2])
    assert (verdict.possible, verdict.possible_share, verdict.perplexity(9)) == (False, 1.0, math.inf)


def test_the_share_ends_where_the_first_impossible_word_begins() -> None:
    text = write_story(0).text
    half = text[: len(text) // 2]
    spoilt = half + "§" + text[len(half) :]  # a character that no story has
    assert judge(spoilt) == (None, len(half) / len(spoilt))


def test_possible_means_that_who_and_what_fit_together() -> None:
    # Two stories of one plot, joined in the middle: every sentence is the source's, the whole is not.
    one = write_story(0)
    other = next(write_story(seed) for seed in range(1, 99) if write_story(seed).plot == one.plot)
    mixed = one.text[: one.text.index(". ") + 2] + other.text[other.text.index(". ") + 2 :]
    verdict = judge(mixed)
    assert not verdict.possible
    assert 0 < verdict.possible_share < 1


def test_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="empty text"):
        possible_share("")
