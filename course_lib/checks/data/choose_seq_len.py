"""Lesson 02, exercise 4: a seq_len from percentiles."""

from collections.abc import Sequence

import numpy as np
import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.data import choose_seq_len


def seq_len_cases(generator: torch.Generator) -> list[Case]:
    """Lengths on both sides of powers of two, then many drawn ones."""
    drawn = (60 + 40 * torch.randn(40, generator=generator).abs()).long().tolist()
    return [
        Case(([60, 100, 120, 128, 130], 0.8), label="4 of 5 stories have at most 128 tokens"),
        Case(([60, 100, 120, 128, 130], 1.0), label="all 5 stories"),
        Case(([4, 5], 0.5), label="half of 2 stories"),
        Case(([10, 10, 10, 1_000], 0.75), label="3 short stories and a very long one"),
        Case((drawn, 0.9), label="36 of 40 stories"),
    ]


def next_power_of_two(length: float) -> int:
    """The smallest power of two that is not below `length`."""
    return 1 << max(0, int(np.ceil(length)) - 1).bit_length()


def strictly_shorter(lengths: Sequence[int], share: float) -> int:
    """A story of exactly seq_len tokens does not count."""
    return choose_seq_len([length + 1 for length in lengths], share)


def rounded_down(lengths: Sequence[int], share: float) -> int:
    """The power of two below the percentile."""
    length = int(np.quantile(lengths, share, method="inverted_cdf"))
    return 1 << (length.bit_length() - 1)


def share_of_the_tokens(lengths: Sequence[int], share: float) -> int:
    """A long story counts for more."""
    seq_len = 1
    while sum(length for length in lengths if length <= seq_len) < share * sum(lengths):
        seq_len *= 2
    return seq_len


EXERCISE = Exercise(
    name="choose_seq_len",
    reference=choose_seq_len,
    cases=seq_len_cases,
    misconceptions=(
        Misconception(
            "only shorter stories counted",
            strictly_shorter,
            "You count stories with fewer than T tokens. One with exactly T tokens fits, too: compare with <=.",
        ),
        Misconception(
            "share taken for a percentage",
            lambda lengths, share: next_power_of_two(float(np.percentile(lengths, share))),
            "`np.percentile` wants 90 for nine in ten, and you gave it 0.9, which is less than one in a hundred. "
            "Use `np.quantile`, or multiply by 100.",
        ),
        Misconception(
            "interpolated percentile",
            lambda lengths, share: next_power_of_two(float(np.quantile(lengths, share))),
            "By default numpy interpolates between two stories, and can ask for more than is needed: of the "
            "lengths 4 and 5, half are at most 4, but the quantile is 4.5. Count instead, or say "
            "method='inverted_cdf'.",
        ),
        Misconception(
            "the mean",
            lambda lengths, share: next_power_of_two(float(np.mean(lengths))),
            "You went by the mean, which takes no notice of `share` and follows a few very long stories. Sort the "
            "stories by length and see where the wanted share is reached.",
        ),
        Misconception(
            "rounded down",
            rounded_down,
            "You took the power of two below the length that is needed, so fewer stories fit than were asked for. "
            "Round up.",
        ),
        Misconception(
            "the length itself",
            lambda lengths, share: int(np.quantile(lengths, share, method="inverted_cdf")),
            "This is the length that the share needs. Asked for is the smallest power of two that holds it.",
        ),
        Misconception(
            "share of the tokens",
            share_of_the_tokens,
            "You count tokens, so one long story outweighs many short ones. Asked for is a share of the stories.",
        ),
    ),
    hints=(
        "Which share of the stories fits into 1 token? Into 2? Into 4? Go on until it is enough.",
        "`np.mean(np.array(lengths) <= seq_len)` is the share that fits: the mean of True and False.",
        "Begin with seq_len = 1, and while the share that fits is below `share`, double it.",
    ),
    review="lesson 02, section 5, 'What fits into seq_len?'",
)
