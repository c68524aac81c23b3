"""Lesson 01, exercise 3: train."""

from collections import Counter
from collections.abc import Callable, Mapping

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import Words, pairs_of_distinct_words, random_words
from course_lib.tokenization.pairs import Pair, Word


def train_cases(generator: torch.Generator) -> list[Case]:
    """By hand, ties, an early end, runs, and random words."""
    by_hand = {b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}
    return [
        Case((as_words({b"ab": 2}), 1), label="one merge"),
        Case((as_words({b"ba": 2, b"ab": 2}), 2), label="a tie"),
        Case((as_words({b"ab": 2, b"cd": 1}), 5), label="only one pair occurs twice"),
        Case((as_words({b"cde": 1, b"cdf": 1, b"cdg": 1, b"ab": 9}), 2), label="one word much more often"),
        Case((as_words({b"aaaa": 3}), 2), label="a run of four"),
        Case((as_words(by_hand), 3), label="hug, pug, pun, bun, hugs"),
        Case((random_words(generator, 12, b"abcd", high=3), 12), label="random words"),
    ]


def as_words(times: Mapping[bytes, int]) -> dict[Word, int]:
    """Words as tuples of byte values."""
    return {tuple(word): count for word, count in times.items()}


def trainer_with(
    *,
    choose: Callable[[Mapping[Pair, int]], Pair] = tokenization.most_frequent_pair,
    count: Callable[[Words], Mapping[Pair, int]] = tokenization.count_pairs,
    id_of: Callable[[int], int] = lambda number: 256 + number,
    min_frequency: int = 2,
    stops_early: bool = True,
) -> Callable[[Words, int], list[Pair]]:
    """The plain trainer with one of its parts replaced."""

    def train(words: Words, num_merges: int) -> list[Pair]:
        merges: list[Pair] = []
        while len(merges) < num_merges:
            counts = count(words)
            if stops_early and (not counts or max(counts.values()) < min_frequency):
                break
            pair = choose(counts)
            merged: Counter[Word] = Counter()
            for word, times in words.items():
                merged[tuple(tokenization.merge_pair(word, pair, id_of(len(merges))))] += times
            merges.append(pair)
            words = merged
        return merges

    return train


def first_of_the_most_frequent(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the pair that was seen first."""
    return max(counts, key=lambda pair: counts[pair])


def last_of_the_most_frequent(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the pair with the largest ids."""
    return max(counts, key=lambda pair: (counts[pair], pair))


def train_on_one_count(words: Words, num_merges: int) -> list[Pair]:
    """The most frequent pairs of the text as it was, without merging in between."""
    counts = tokenization.count_pairs(words)
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return [pair for pair in ranked if counts[pair] >= 2][:num_merges]


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
            trainer_with(stops_early=False),
            "When no pair is left there is nothing to choose from. Stop as soon as the highest count is below 2.",
        ),
        Misconception(
            "every merge gets the same id",
            trainer_with(id_of=lambda number: 256),
            "The new ids must count up: 256 for the first merge, 257 for the second.",
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
