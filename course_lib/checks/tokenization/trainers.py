"""The plain trainer of lesson 01 with one of its parts replaced."""

from collections import Counter
from collections.abc import Callable, Mapping

from course_lib import tokenization
from course_lib.checks.tokenization.inputs import Words
from course_lib.tokenization.pairs import Pair, Word


def trainer_with(
    *,
    choose: Callable[[Mapping[Pair, int]], Pair] = tokenization.most_frequent_pair,
    count: Callable[[Words], Mapping[Pair, int]] = tokenization.count_pairs,
    id_of: Callable[[int], int] = lambda number: 256 + number,
    min_frequency: int = 2,
    stops_if_empty: bool = True,
    merges_words: bool = True,
    one_more: int = 0,
) -> Callable[[Words, int], list[Pair]]:
    """The plain trainer with one of its parts replaced."""

    def train(words: Words, num_merges: int) -> list[Pair]:
        merges: list[Pair] = []
        while len(merges) < num_merges + one_more:
            counts = count(words)
            if stops_if_empty and not counts:
                break
            pair = choose(counts)
            if counts[pair] < min_frequency:
                break
            merged: Counter[Word] = Counter()
            for word, times in words.items():
                merged[tuple(tokenization.merge_pair(word, pair, id_of(len(merges))))] += times
            merges.append(pair)
            words = merged if merges_words else words
        return merges

    return train


def first_of_the_most_frequent(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the pair that was seen first."""
    return max(counts, key=lambda pair: counts[pair])


def first_by_most_common(counts: Mapping[Pair, int]) -> Pair:
    """The same with an IndexError if there is none."""
    return Counter(counts).most_common(1)[0][0]


def last_of_the_most_frequent(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the pair with the largest ids."""
    return max(counts, key=lambda pair: (counts[pair], pair))


def least_frequent(counts: Mapping[Pair, int]) -> Pair:
    """The pair that occurs least often."""
    return min(counts, key=lambda pair: (counts[pair], pair))


def tie_by_the_left_id(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the smallest left id, then the pair that was seen first."""
    return min(counts, key=lambda pair: (-counts[pair], pair[0]))


def tie_by_the_right_id(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the smallest right id, then the smallest left id."""
    return min(counts, key=lambda pair: (-counts[pair], pair[::-1]))


def train_on_one_count(words: Words, num_merges: int) -> list[Pair]:
    """The most frequent pairs of the text as it was, without merging in between."""
    counts = tokenization.count_pairs(words)
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return [pair for pair in ranked if counts[pair] >= 2][:num_merges]
