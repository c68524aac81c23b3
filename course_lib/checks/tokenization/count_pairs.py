"""Lesson 01, exercise 1: pair counts."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations, pairwise

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import Words, draw, pairs_of_distinct_words, random_words
from course_lib.checks.tokenization.slots.count_pairs import VARIANTS
from course_lib.tokenization.pairs import Pair, Word


def pair_cases(generator: torch.Generator) -> list[Case]:
    """A pair, words that share one, a run, words without any, ids of several digits, and random words."""
    ids = draw(generator, 100, 900)
    drawn = [random_words(generator, draw(generator, 4, 12), range(ids, ids + 3)) for _ in range(draw(generator, 1, 3))]
    return [
        Case(({(1, 2): 3},), label="one word, three times"),
        Case(({(1, 2, 3): 2, (4, 2, 3): 5},), label="two words that share a pair"),
        Case(({(7, 7, 7): 1},), label="a run of three"),
        Case(({(2, 1, 2, 1): 1},), label="a pair twice in one word"),
        Case(({(5,): 4},), label="a word of one byte"),
        Case(({(1, 23): 1, (12, 3): 2, (ids, ids + 1, 12, 3): 4},), label="ids of several digits"),
        *(Case((words,), label="random words") for words in drawn),
    ]


def counted(pairs_of: Callable[[Word], Iterable[Pair]]) -> Callable[[Words], Counter[Pair]]:
    """What `pairs_of` finds in a word, as often as the word occurs."""

    def count(words: Words) -> Counter[Pair]:
        counts: Counter[Pair] = Counter()
        for word, times in words.items():
            for pair in pairs_of(word):
                counts[pair] += times
        return counts

    return count


def pairs_across_words(words: Words) -> Counter[Pair]:
    """All words in one row: the end of one makes a pair with the beginning of the next."""
    return Counter(pairwise([byte for word, times in words.items() for byte in word * times]))


def pairs_overwritten(words: Words) -> dict[Pair, int]:
    """The last word that has the pair decides."""
    return {pair: times for word, times in words.items() for pair in pairwise(word)}


def pairs_of_one_word(place: int) -> Callable[[Words], Counter[Pair]]:
    """Only one of the words is looked at."""
    return lambda words: tokenization.count_pairs(dict([list(words.items())[place]]))


def first_time_counts_one(words: Words) -> dict[Pair, int]:
    """The first word that has the pair counts as if it occurred once."""
    counts: dict[Pair, int] = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts[pair] + times if pair in counts else 1
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
    variants=VARIANTS,
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
            counted(lambda word: zip(word[::2], word[1::2], strict=False)),
            "Your loop goes on by two ids. Every neighbour pair counts: (7, 7, 7) has (7, 7) twice.",
        ),
        Misconception(
            "a pair counts once a word",
            counted(lambda word: set(pairwise(word))),
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
            counted(lambda word: ((min(pair), max(pair)) for pair in pairwise(word))),
            "(1, 2) and (2, 1) are different pairs: 'th' is not 'ht'. Keep the order.",
        ),
        Misconception(
            "pairs written backwards",
            counted(lambda word: ((right, left) for left, right in pairwise(word))),
            "Your pairs have the right id first. The key is (left, right), as they stand in the word.",
        ),
        Misconception(
            "the last pair of each word missed",
            counted(lambda word: pairwise(word[:-1])),
            "Your loop ends one pair too early: a word of n ids has n - 1 pairs, so range(len(word) - 1).",
        ),
        Misconception(
            "the first pair of each word missed",
            counted(lambda word: pairwise(word[1:])),
            "Your loop starts one pair too late: the first pair of a word is made of its ids 0 and 1.",
        ),
        Misconception(
            "the end of a word joined to its beginning",
            counted(lambda word: zip(word, word[1:] + word[:1], strict=True)),
            "You count a pair of a word's last id and its first one. Nothing follows the last id of a word.",
        ),
        Misconception(
            "a pair's first time counts one",
            first_time_counts_one,
            "You set a pair to 1 when you meet it for the first time. That word, too, occurs `times` times.",
        ),
        Misconception(
            "ids that are not neighbours",
            counted(lambda word: combinations(word, 2)),
            "You count each id with all that come after it. Only neighbours make a pair: zip(word, word[1:]).",
        ),
        Misconception(
            "only the first word counted",
            pairs_of_one_word(0),
            "Only the first word is counted: the `return` stands inside the loop. Return when all words are done.",
        ),
        Misconception(
            "only the last word counted",
            pairs_of_one_word(-1),
            "Only the last word is counted: `counts` is made anew for each word. Make it once, before the loop.",
        ),
        Misconception(
            "a list of pairs and counts",
            lambda words: tokenization.count_pairs(words).most_common(),
            "The counts are right, but in a list. Asked for is a dictionary: return the counts themselves.",
        ),
        Misconception(
            "runs of one id are skipped",
            counted(lambda word: ((left, right) for left, right in pairwise(word) if left != right)),
            "You leave out pairs of two equal ids. They are pairs like all others: (7, 7, 7) has (7, 7) twice.",
        ),
        Misconception(
            "copies of a word joined",
            lambda words: Counter(pair for word, times in words.items() for pair in pairwise(word * times)),
            "word * times is one long word, in which the end of each copy meets the beginning of the next. Count the "
            "pairs of the word once, and add `times` for each.",
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
