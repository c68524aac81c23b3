"""Lesson 01, exercise 2: one merge."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import draw, random_ids
from course_lib.checks.tokenization.slots.merge_pair import VARIANTS
from course_lib.tokenization.pairs import Pair


def merge_cases(generator: torch.Generator) -> list[Case]:
    """A merge, none, runs, at the end, ids of several digits, and random rows of two ids."""
    left, new_id = draw(generator, 100, 400), draw(generator, 500, 900)
    drawn = [[left + id for id in random_ids(generator, draw(generator, 16, 32), 2)] for _ in range(3)]
    return [
        Case(([1, 2, 3], (1, 2), 9), label="one occurrence"),
        Case(([3, 1, 2, 1, 2], (1, 2), 9), label="two occurrences"),
        Case(([1, 2, 1], (1, 2), 9), label="an id behind the last occurrence"),
        Case(([2, 1], (1, 2), 9), label="the pair the other way round"),
        Case(([1, 1, 1], (1, 1), 9), label="a run of three"),
        Case(([], (1, 2), 9), label="nothing"),
        Case(([1], (1, 2), 9), label="one id"),
        Case(([11, 2, 1, 22, 1, 2], (1, 2), 300), label="ids of several digits"),
        Case((drawn[0], (left, left), new_id), label="a random row"),
        *(Case((ids, (left, left + 1), new_id), label="a random row") for ids in drawn[1:]),
    ]


def merge_leaving_the_right_half(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The new id replaces the left id only."""
    following: list[int | None] = [*ids[1:], None]
    return [new_id if (left, right) == pair else left for left, right in zip(ids, following, strict=False)]


def merge_losing_the_last(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The loop ends one id too early."""
    merged, position = [], 0
    while position < len(ids) - 1:
        found = (ids[position], ids[position + 1]) == pair
        merged.append(new_id if found else ids[position])
        position += 2 if found else 1
    return merged


def merge_the_first(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """Stops after one replacement."""
    for position, neighbours in enumerate(pairwise(ids)):
        if neighbours == pair:
            return [*ids[:position], new_id, *ids[position + 2 :]]
    return list(ids)


def merge_from_the_right(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """A run is merged from its end."""
    return tokenization.merge_pair(ids[::-1], (pair[1], pair[0]), new_id)[::-1]


def merge_where(
    found: Callable[[Sequence[int], Pair], bool], step: int = 2
) -> Callable[[Sequence[int], Pair, int], list[int]]:
    """A merge wherever `found` says so of the ids from there on; after it, go on by `step`."""

    def merge(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
        merged, position = [], 0
        while position < len(ids):
            here = found(ids[position:], pair)
            merged.append(new_id if here else ids[position])
            position += step if here else 1
        return merged

    return merge


def merge_leaving_the_left_half(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The new id replaces the right id only."""
    before: list[int | None] = [None, *ids[:-1]]
    return [new_id if (left, right) == pair else right for left, right in zip(before, ids, strict=False)]


def merge_in_text(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The ids written as text, in which 11 2 has 1 2 in it."""
    text = " ".join(map(str, ids)).replace(f"{pair[0]} {pair[1]}", str(new_id))
    return [int(word) for word in text.split()]


def merging_can_be_undone(call: Call, generator: torch.Generator) -> None:
    """With the pair put back for the new id, the ids are there again."""
    ids = random_ids(generator, 30, 3)
    merged = call(ids, (1, 2), 9)
    undone = [old for new in merged for old in ((1, 2) if new == 9 else (new,))]
    if undone != ids:
        raise Failed(f"of {ids} your merge of (1, 2) makes {merged}; with (1, 2) put back for 9 that is {undone}")


EXERCISE = Exercise(
    name="merge_pair",
    reference=tokenization.merge_pair,
    variants=VARIANTS,
    cases=merge_cases,
    properties=(Property("with the pair put back the ids are as before", merging_can_be_undone),),
    misconceptions=(
        Misconception(
            "the right half stays",
            merge_leaving_the_right_half,
            "After a match you must go on behind both ids. In `for i in range(...)`, changing i has no effect on "
            "the next round: use `while` and move on by 2.",
        ),
        Misconception(
            "the last id is lost",
            merge_losing_the_last,
            "Your loop ends before the last id because it has no right neighbour. It still belongs to the result.",
        ),
        Misconception(
            "only the first occurrence is merged",
            merge_the_first,
            "Go on after the first match: every occurrence is replaced.",
        ),
        Misconception(
            "runs are merged from the right",
            merge_from_the_right,
            "(1, 1, 1) becomes (9, 1), not (1, 9): go from left to right, as the libraries do.",
        ),
        Misconception(
            "the pair is merged in both orders",
            merge_where(lambda ids, pair: sorted(ids[:2]) == sorted(pair)),
            "Only 1 followed by 2 is the pair (1, 2); 2 followed by 1 is another one.",
        ),
        Misconception(
            "nothing is merged",
            lambda ids, pair, new_id: list(ids),
            "No occurrence is found. A slice of a list is a list, and a list never equals a tuple: compare "
            "tuple(ids[i : i + 2]) with the pair.",
        ),
        Misconception(
            "only the left id looked at",
            merge_where(lambda ids, pair: len(ids) > 1 and ids[0] == pair[0]),
            "You merge wherever the pair's left id stands, whatever follows. Both ids must fit.",
        ),
        Misconception(
            "the id after a match is lost",
            merge_where(lambda ids, pair: tuple(ids[:2]) == pair, step=3),
            "After a match you go on by 3, and lose the id behind it. A pair has two ids: go on by 2.",
        ),
        Misconception(
            "a pair at the end is missed",
            merge_where(lambda ids, pair: len(ids) > 2 and tuple(ids[:2]) == pair),
            "A pair that ends the row is not merged: your loop stops looking one place too early.",
        ),
        Misconception(
            "the left half stays",
            merge_leaving_the_left_half,
            "The new id stands for both ids of the pair; the left one is still there.",
        ),
        Misconception(
            "digits compared, not ids",
            merge_in_text,
            "Written as text, '11 2' has '1 2' in it, but the ids 11 and 2 are another pair. Compare ids, not text.",
        ),
    ),
    hints=(
        "Walk through the ids with a position. There are two cases: the pair begins here, or it does not.",
        "Where the pair begins, append new_id and go on by 2; otherwise append the id and go on by 1.",
        "while position < len(ids): compare tuple(ids[position : position + 2]) with the pair. At the last id that "
        "tuple has one element, so it never matches and the id is kept.",
    ),
    review="lesson 01, 'Byte-pair encoding by hand'",
)
