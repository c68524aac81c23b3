"""Lesson 01, exercise 1: pair counts."""

from collections import Counter
from itertools import pairwise

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import Words, pairs_of_distinct_words, random_words
from course_lib.tokenization.pairs import Pair


def pair_cases(generator: torch.Generator) -> list[Case]:
    """A pair, words that share one, a run, words without any, and random words."""
    return [
        Case(({(1, 2): 3},), label="one word, three times"),
        Case(({(1, 2, 3): 2, (4, 2, 3): 5},), label="two words that share a pair"),
        Case(({(7, 7, 7): 1},), label="a run of three"),
        Case(({(2, 1, 2, 1): 1},), label="a pair twice in one word"),
        Case(({(5,): 4},), label="a word of one byte"),
        Case((random_words(generator, 8, bytes(range(3))),), label="random words"),
    ]


def pairs_without_overlap(words: Words) -> Counter[Pair]:
    """Every second pair only."""
    counts: Counter[Pair] = Counter()
    for word, times in words.items():
        for pair in zip(word[::2], word[1::2], strict=False):
            counts[pair] += times
    return counts


def pairs_once_a_word(words: Words) -> Counter[Pair]:
    """A pair that is twice in a word counts once."""
    counts: Counter[Pair] = Counter()
    for word, times in words.items():
        for pair in set(pairwise(word)):
            counts[pair] += times
    return counts


def pairs_across_words(words: Words) -> Counter[Pair]:
    """All words in one row: the end of one makes a pair with the beginning of the next."""
    return Counter(pairwise([byte for word, times in words.items() for byte in word * times]))


def pairs_overwritten(words: Words) -> dict[Pair, int]:
    """The last word that has the pair decides."""
    return {pair: times for word, times in words.items() for pair in pairwise(word)}


def pairs_in_any_order(words: Words) -> Counter[tuple[int, ...]]:
    """(1, 2) and (2, 1) are the same."""
    counts: Counter[tuple[int, ...]] = Counter()
    for pair, times in tokenization.count_pairs(words).items():
        counts[tuple(sorted(pair))] += times
    return counts


def twice_the_words_twice_the_counts(call: Call, generator: torch.Generator) -> None:
    """Counts are proportional to how often the words occur."""
    words = random_words(generator, 4, bytes(range(4)))
    once, twice = call(words), call({word: 2 * times for word, times in words.items()})
    if any(twice[pair] != 2 * once[pair] for pair in tokenization.count_pairs(words)):
        raise Failed(f"with every word twice as often, the counts should double; words: {words}")


EXERCISE = Exercise(
    name="count_pairs",
    reference=tokenization.count_pairs,
    cases=pair_cases,
    properties=(Property("twice as many words give twice the counts", twice_the_words_twice_the_counts),),
    misconceptions=(
        Misconception(
            "each distinct word counts once",
            pairs_of_distinct_words,
            "A word that occurs 1,000 times has its pairs 1,000 times: add `words[word]`, not 1.",
        ),
        Misconception(
            "pairs that overlap are skipped",
            pairs_without_overlap,
            "Your loop goes on by two ids. Every neighbour pair counts: (7, 7, 7) has (7, 7) twice.",
        ),
        Misconception(
            "a pair counts once a word",
            pairs_once_a_word,
            "A pair that is in a word twice counts twice for each time the word occurs: do not make a set of them.",
        ),
        Misconception(
            "pairs across words",
            pairs_across_words,
            "You put all words in one row, so the end of a word makes a pair with the beginning of the next. "
            "Count inside each word.",
        ),
        Misconception(
            "counts are overwritten",
            pairs_overwritten,
            "`counts[pair] = ...` forgets the words before. Add to what is there: `counts[pair] += ...`.",
        ),
        Misconception(
            "left and right are mixed up",
            pairs_in_any_order,
            "(1, 2) and (2, 1) are different pairs: 'th' is not 'ht'. Keep the order.",
        ),
    ),
    hints=(
        "How many pairs has a word of n ids? n - 1: each id but the last, with the one after it.",
        "zip(word, word[1:]) gives the pairs of a word. Each of them occurs as often as the word does.",
        "Start with counts = Counter(). In two loops, over words.items() and over zip(word, word[1:]), "
        "do counts[pair] += times.",
    ),
    review="lesson 01, 'Byte-pair encoding by hand'",
)
