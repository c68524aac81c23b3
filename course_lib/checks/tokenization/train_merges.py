"""Lesson 01, exercise 3: train."""

from collections.abc import Mapping

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import draw, pairs_of_distinct_words, random_words
from course_lib.checks.tokenization.slots.train_merges import VARIANTS
from course_lib.checks.tokenization.trainers import (
    first_by_most_common,
    first_of_the_most_frequent,
    last_of_the_most_frequent,
    least_frequent,
    tie_by_the_left_id,
    tie_by_the_right_id,
    train_on_one_count,
    trainer_with,
)
from course_lib.tokenization.pairs import Word


def train_cases(generator: torch.Generator) -> list[Case]:
    """By hand, ties, an early end, no pair left, runs, and random words."""
    by_hand = {b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}
    return [
        Case((as_words({b"ab": 2}), 1), label="one merge"),
        Case((as_words({b"ba": 2, b"ab": 2}), 2), label="a tie"),
        Case((as_words({b"ac": 2, b"ba": 2, b"ab": 2}), 2), label="three pairs that occur equally often"),
        Case((as_words({b"ab": 2, b"cd": 1}), 5), label="only one pair occurs twice"),
        Case((as_words({b"ab": 3}), 4), label="after one merge no pair is left"),
        Case((as_words({b"ab": 3}), 0), label="no merges"),
        Case((as_words({b"cde": 1, b"cdf": 1, b"cdg": 1, b"ab": 9}), 2), label="one word much more often"),
        Case((as_words({b"aaaa": 3}), 2), label="a run of four"),
        Case((as_words(by_hand), 3), label="hug, pug, pun, bun, hugs"),
        *(
            Case(
                (random_words(generator, draw(generator, 10, 16), b"abcd", high=3), draw(generator, 9, 14)), label=label
            )
            for label in ["random words"] * draw(generator, 1, 3)
        ),
    ]


def as_words(times: Mapping[bytes, int]) -> dict[Word, int]:
    """Words as tuples of byte values."""
    return {tuple(word): count for word, count in times.items()}


def order_of_the_words_does_not_matter(call: Call, generator: torch.Generator) -> None:
    """The same corpus, read from its end, has the same merges."""
    words = random_words(generator, 12, b"abc", high=2)
    forwards, backwards = call(words, 6), call(dict(reversed(list(words.items()))), 6)
    if forwards != backwards:
        raise Failed(f"the same words in another order give other merges: {forwards} and {backwards}; words: {words}")


EXERCISE = Exercise(
    name="train_merges",
    reference=tokenization.train_merges,
    forbidden=(
        "course_lib.tokenization.train_merges_fast",
        "course_lib.tokenization.train_tokenizer",
        "course_lib.tokenization.BPETokenizer",
        "tokenizers.trainers.BpeTrainer",
    ),
    variants=VARIANTS,
    cases=train_cases,
    properties=(Property("the order of the words does not matter", order_of_the_words_does_not_matter),),
    misconceptions=(
        Misconception(
            "ties go to the pair that was seen first",
            trainer_with(choose=first_of_the_most_frequent),
            "`max(counts, key=counts.get)` takes the first of equals, so the order of the texts decides. "
            "The rule is: highest count, then the smallest ids.",
        ),
        Misconception(
            "ties go to the pair that was seen first, and nothing to choose from",
            trainer_with(choose=first_by_most_common, stops_if_empty=False),
            "most_common takes the first of equals; the rule is: highest count, then the smallest ids. And of no pair "
            "at all it makes an empty list, which has no [0]: stop when there are no counts.",
        ),
        Misconception(
            "ties go to the largest ids",
            trainer_with(choose=last_of_the_most_frequent),
            "max over (count, pair) takes the largest pair of those with equal counts. Take the smallest: "
            "min over (-count, pair).",
        ),
        Misconception(
            "pairs are counted once, before the first merge",
            train_on_one_count,
            "Each merge changes what stands beside what, and makes pairs with the new id. Merge the words, then "
            "count again.",
        ),
        Misconception(
            "each distinct word counts once",
            trainer_with(count=pairs_of_distinct_words),
            "How often the words occur must reach the counts, after the first merge too.",
        ),
        Misconception(
            "pairs that occur once are merged",
            trainer_with(min_frequency=1),
            "A pair that occurs once saves nothing elsewhere. Stop when the highest count is below 2.",
        ),
        Misconception(
            "no end when pairs run out",
            trainer_with(min_frequency=0, stops_if_empty=False),
            "When no pair is left there is nothing to choose from. Stop as soon as the highest count is below 2.",
        ),
        Misconception(
            "every merge gets the same id",
            trainer_with(id_of=lambda number: 256),
            "The new ids must count up: 256 for the first merge, 257 for the second.",
        ),
        Misconception(
            "the first merge makes 257",
            trainer_with(id_of=lambda number: 257 + number),
            "The first new id is 256. Compute it before you append the pair: 256 + len(merges).",
        ),
        Misconception(
            "new ids begin at 0",
            trainer_with(id_of=lambda number: number),
            "0 to 255 are the bytes, so a new token cannot have such an id. The first is 256.",
        ),
        Misconception(
            "pairs that occur twice are left",
            trainer_with(min_frequency=3),
            "A pair that occurs twice is merged too. Stop only when the highest count is below 2.",
        ),
        Misconception(
            "nothing to choose from",
            trainer_with(stops_if_empty=False),
            "When a corpus is merged to the end no pair is left, and max() of nothing raises an error. "
            "Stop when there are no counts.",
        ),
        Misconception(
            "the words stay as they were",
            trainer_with(merges_words=False),
            "The same pair is found again and again: `words` must be replaced by the merged words in each round.",
        ),
        Misconception(
            "one merge too many",
            trainer_with(one_more=1),
            "You go one round too far: stop when there are num_merges pairs.",
        ),
        Misconception(
            "the rarest pair merged",
            trainer_with(choose=least_frequent),
            "You take the pair with the lowest count. The highest count comes first.",
        ),
        Misconception(
            "ties looked at by the left id alone",
            trainer_with(choose=tie_by_the_left_id),
            "Of pairs with equal counts and equal left ids, the smaller right id decides, not which came first: "
            "compare whole pairs.",
        ),
        Misconception(
            "ties go by the right id",
            trainer_with(choose=tie_by_the_right_id),
            "Of equal counts the smallest left id decides; the right id only where the left ones are equal.",
        ),
        Misconception(
            "the first merge makes 255",
            trainer_with(id_of=lambda number: 255 + number),
            "255 is the last of the bytes. The first new id is 256.",
        ),
    ),
    hints=(
        "The loop has four steps: count, choose, remember, merge every word.",
        "The id of a new token is 256 + len(merges), before you append. Stop when the highest count is below 2.",
        "Choose with min(counts, key=lambda pair: (-counts[pair], pair)). Build the next `words` as a Counter: "
        "merged[tuple(merge_pair(word, pair, new_id))] += times.",
    ),
    review="lesson 01, 'Byte-pair encoding by hand' and 'Ties'",
)
