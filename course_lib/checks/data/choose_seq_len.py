"""Lesson 02, exercise 4: a seq_len from percentiles."""

import math
from collections.abc import Callable, Sequence
from numbers import Integral

import numpy as np
import torch

from course_lib.checks.data.inputs import draw
from course_lib.checks.data.slots.choose_seq_len import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.data import choose_seq_len


def seq_len_cases(generator: torch.Generator) -> list[Case]:
    """Lengths on both sides of powers of two, one that fits exactly, shares between two stories, many drawn ones."""

    def drawn() -> Case:
        n = draw(20, 60, generator)
        lengths = (draw(20, 200, generator) * (1 + torch.randn(n, generator=generator).abs())).long().tolist()
        stories = draw(n // 2, n - 2, generator)
        return Case((lengths, (stories + 0.5) / n), label=f"more than {stories} of {n} stories")  # no share is exact

    return [
        Case(([60, 100, 120, 128, 130], 0.8), label="4 of 5 stories have at most 128 tokens"),
        Case(([60, 100, 120, 128, 130], 1.0), label="all 5 stories"),
        Case(([60, 100, 120, 128, 130], 0.4), label="2 of 5 stories"),
        Case(([4, 5], 0.5), label="half of 2 stories"),
        Case(([1, 1, 3], 0.5), label="stories of a single token"),
        Case(([10, 10, 10, 1_000], 0.75), label="3 short stories and a very long one"),
        Case(([2, 3, 9, 20, 40], 0.7), label="3.5 of 5 stories, so 4"),
        Case(([2, 3, 9, 20, 40], 0.45), label="2.25 of 5 stories, so 3"),
        Case(([300, 7, 150, 20], 0.5), label="lengths in no order"),
        Case(([9_000, 16_000, 2_500], 1.0), label="long texts"),
        *(drawn() for _ in range(draw(1, 3, generator))),
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


def at_place(place: Callable[[float], int], *, ordered: bool = True) -> Callable[[Sequence[int], float], int]:
    """The length at a place in the sorted list, or in the list as it is; place: of (share · number of stories)."""

    def choose(lengths: Sequence[int], share: float) -> int:
        line = sorted(lengths) if ordered else lengths
        return next_power_of_two(line[place(share * len(lengths))])

    return choose


def not_below_two(lengths: Sequence[int], share: float) -> int:
    """Doubles from 2 on."""
    return max(2, choose_seq_len(lengths, share))


def is_a_whole_number(call: Call, generator: torch.Generator) -> None:
    """256.0 is not a length: torch.arange, view and slices want an int."""
    seq_len = call([60, 100, 120, 128, 130], 0.8)
    if isinstance(seq_len, bool) or not isinstance(seq_len, Integral):
        kind = type(seq_len).__name__
        raise Failed(
            f"asked for is a whole number, an int, and yours is {seq_len!r}, a {kind}: int(...) makes one of it"
        )


EXERCISE = Exercise(
    name="choose_seq_len",
    reference=choose_seq_len,
    variants=VARIANTS,
    cases=seq_len_cases,
    properties=(Property("the result is a whole number", is_a_whole_number),),
    seconds=2.0,  # a loop that asks for more than all stories never ends
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
        Misconception(
            "one doubling too few",
            lambda lengths, share: choose_seq_len(lengths, share) // 2,
            "Your loop finds the right power of two, and you return the one before it.",
        ),
        Misconception(
            "one doubling too many",
            lambda lengths, share: choose_seq_len(lengths, share) * 2,
            "Your loop doubles once more after enough stories fit.",
        ),
        Misconception(
            "the exponent",
            lambda lengths, share: choose_seq_len(lengths, share).bit_length() - 1,
            "You return the exponent k. Asked for is the power of two itself, 2 ** k.",
        ),
        Misconception(
            "begun at 2",
            not_below_two,
            "You begin with 2. The smallest power of two is 1, and stories of one token fit into it.",
        ),
        Misconception(
            "the nearest power of two",
            lambda lengths, share: 2 ** round(math.log2(np.quantile(lengths, share, method="inverted_cdf"))),
            "You round to the nearest power of two, so that sometimes too few stories fit. Round up.",
        ),
        Misconception(
            "all stories",
            lambda lengths, share: choose_seq_len(lengths, 1.0),
            "You make room for the longest story, whatever `share` says.",
        ),
        Misconception(
            "one story too far",
            at_place(int),
            "sorted(lengths)[int(share * n)] is one story too far, as places count from 0, and a share of 1.0 finds "
            "none. Of n stories the k-th shortest stands at the place k - 1.",
        ),
        Misconception(
            "a part of a story rounded down",
            at_place(lambda wanted: int(wanted) - 1),
            "If share · n is 3.5, three stories are not enough: round the number of stories up.",
        ),
        Misconception(
            "lengths not sorted",
            at_place(lambda wanted: math.ceil(wanted) - 1, ordered=False),
            "You count in the order of the list. Sort the lengths first.",
        ),
        Misconception(
            "no more than 1,024",
            lambda lengths, share: min(1_024, choose_seq_len(lengths, share)),
            "You end at 1,024, and longer stories do not fit. Go on doubling until the share is reached.",
        ),
    ),
    hints=(
        "Which share of the stories fits into 1 token? Into 2? Into 4? Go on until it is enough.",
        "`np.mean(np.array(lengths) <= seq_len)` is the share that fits: the mean of True and False.",
        "Begin with seq_len = 1, and while the share that fits is below `share`, double it.",
    ),
    review="lesson 02, section 5, 'What fits into seq_len?'",
)
