"""Ids and words to draw, for the exercises of lesson 01."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch

from course_lib.tokenization.pairs import Pair, Word

Words = Mapping[Word, int]


def draw(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def random_ids(generator: torch.Generator, count: int, high: int) -> list[int]:
    """`count` ids from 0 to high - 1."""
    return torch.randint(high, (count,), generator=generator).tolist()


def random_words(generator: torch.Generator, count: int, letters: Sequence[int], high: int = 9) -> dict[Word, int]:
    """Words of 1 to 6 of the letters, that occur 1 to `high` times each."""
    words: dict[Word, int] = {}
    for _ in range(count):
        length, times = random_ids(generator, 2, 6)[0] + 1, random_ids(generator, 1, high)[0] + 1
        words[tuple(letters[place] for place in random_ids(generator, length, len(letters)))] = times
    return words


def pairs_of_distinct_words(words: Words) -> Counter[Pair]:
    """How often the words occur is not looked at."""
    return Counter(pair for word in words for pair in pairwise(word))
