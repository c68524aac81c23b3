"""Lesson 19, exercise 6: prompt lookup."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.inference.inputs import drawn_ids
from course_lib.checks.inference.slots.look_up_draft import VARIANTS

Answer = Callable[[list[int], int, int], list[int]]


def look_up_draft(text: list[int], n: int, k: int) -> list[int]:
    """Up to k tokens that followed the latest earlier place of the last n tokens; [] without one."""
    return with_search()(text, n, k)


def with_search(
    starts: Callable[[int, int], range] = lambda length, n: range(length - n - 1, -1, -1),
    first: int = 0,
    cut: Callable[[list[int], int, int], list[int]] = lambda text, begin, k: text[begin : begin + k],
) -> Answer:
    """`look_up_draft` that searches other places, begins `first` tokens later, or cuts otherwise."""

    def mutant(text: list[int], n: int, k: int) -> list[int]:
        for start in starts(len(text), n):
            if start >= 0 and text[start : start + n] == text[-n:]:
                return cut(text, start + n + first, k)
        return []

    return mutant


def lookup_cases(generator: torch.Generator) -> list[Case]:
    """Found once, twice, at the beginning, overlapping itself, near the end, not at all, and drawn texts."""
    return [
        Case(([1, 2, 5, 6, 7, 1, 2], 2, 2), label="the last two stood at the beginning"),
        Case(([1, 2, 5, 8, 1, 2, 6, 7, 9, 1, 2], 2, 2), label="twice before: the later place counts"),
        Case(([1, 2, 3, 4], 2, 3), label="never before"),
        Case(([4, 1, 2, 5, 1, 2], 2, 9), label="fewer than k tokens follow"),
        Case(([3, 7, 7, 7], 2, 2), label="7 7 stood before, and overlaps the last two"),
        Case(([1], 2, 2), label="a text shorter than n"),
        Case(([5, 1, 4, 2, 3, 1], 1, 3), label="n = 1"),
        Case(([2, 1, 8, 3, 1, 9, 9, 2, 1], 2, 3), label="the last token alone stood later"),
        Case(([3, 4, 6, 5, 3, 4], 2, 0), label="k = 0"),
        *(Case((drawn_ids(generator, 30, 3), 2, 4), label="30 drawn tokens, n = 2, k = 4") for _ in range(3)),
    ]


EXERCISE = Exercise(
    name="look_up_draft",
    reference=look_up_draft,
    variants=VARIANTS,
    cases=lookup_cases,
    forbidden=("course_lib.inference.look_up", "course_lib.inference.drafts.look_up"),
    misconceptions=(
        Misconception(
            "n and k exchanged",
            lambda text, n, k: look_up_draft(text, k, n),
            "`n` tokens are looked up, and up to `k` returned: you have them exchanged.",
        ),
        Misconception(
            "the last k tokens repeated",
            lambda text, n, k: text[-k:],
            "You return the end of the text. Look for an earlier place of its last `n` tokens, and return what "
            "followed there.",
        ),
        Misconception(
            "the first place",
            with_search(lambda length, n: range(length - n)),
            "Search from the end: the latest place is nearest to what is told now.",
        ),
        Misconception(
            "the ending found itself",
            with_search(lambda length, n: range(length - n, -1, -1)),
            "The last n tokens are found at their own place, behind which there is nothing. Search only before it.",
        ),
        Misconception(
            "no overlap allowed",
            with_search(lambda length, n: range(length - 2 * n, -1, -1)),
            "An earlier place may overlap the ending: in 7 7 7 the last two stood one place earlier.",
        ),
        Misconception(
            "the beginning never searched",
            with_search(lambda length, n: range(length - n - 1, 0, -1)),
            "range(…, 0, −1) ends before place 0. The text's first tokens count as well.",
        ),
        Misconception(
            "the n tokens returned as well",
            lambda text, n, k: text[-n:] + look_up_draft(text, n, k) if look_up_draft(text, n, 1) else [],
            "The text holds the last n tokens already. Return what follows them.",
        ),
        Misconception(
            "one token too late",
            with_search(first=1),
            "What follows begins at start + n. Yours leaves out its first token.",
        ),
        Misconception(
            "one token too early",
            with_search(first=-1),
            "What follows begins at start + n. Yours begins with the last of the n tokens.",
        ),
        Misconception(
            "everything that follows",
            with_search(cut=lambda text, begin, k: text[begin:]),
            "At most k tokens are drafted: each costs a place in the target's pass.",
        ),
        Misconception(
            "one token too many",
            with_search(cut=lambda text, begin, k: text[begin : begin + k + 1]),
            "A slice [a : a + k] has k tokens; yours has one more.",
        ),
        Misconception(
            "only whole drafts",
            with_search(cut=lambda text, begin, k: text[begin : begin + k] if begin + k <= len(text) else []),
            "If fewer than k tokens follow, they are drafted all the same.",
        ),
        Misconception(
            "only the last token compared",
            lambda text, n, k: look_up_draft(text, 1, k),
            "All of the last n tokens must agree, and not only the last one.",
        ),
        Misconception(
            "None where nothing is found",
            lambda text, n, k: look_up_draft(text, n, k) or (None if len(text) <= n or k else []),
            "Where nothing is found there is nothing to draft: return an empty list.",
        ),
    ),
    hints=(
        "Where may an earlier copy of the last n tokens begin, at the latest?",
        "for start in range(len(text) - n - 1, -1, -1): compare text[start : start + n] with text[-n:].",
        "return text[start + n : start + n + k] at the first that agrees; [] behind the loop",
    ),
    review="lesson 19, 'Drafts'",
)
