"""Byte-pair encoding in its plainest form: count pairs, merge the most frequent one, repeat.

A word is a tuple of ids. Sennrich et al. 2016, algorithm 1; the ids stand for bytes, as in GPT-2.
"""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

Symbol = TypeVar("Symbol", bound=Hashable)  # an id; a letter or a piece of a word will do for trying by hand
Pair = tuple[int, int]
Word = tuple[int, ...]


def count_pairs(words: Mapping[tuple[Symbol, ...], int]) -> Counter[tuple[Symbol, Symbol]]:
    """How often each pair of neighbours occurs, in words that occur `words[word]` times each.

    Pairs may overlap: (a, a, a) holds (a, a) twice.
    """
    counts: Counter[tuple[Symbol, Symbol]] = Counter()
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] += times
    return counts


def most_frequent_pair(counts: Mapping[Pair, int]) -> Pair:
    """The pair with the highest count; of several, the one with the smallest ids, the left id first.

    The same rule as the BpeTrainer of Hugging Face's tokenizers. Raises ValueError if there are no pairs.
    """
    return min(counts, key=lambda pair: (-counts[pair], pair))


def merge_pair(ids: Sequence[Symbol], pair: tuple[Symbol, Symbol], new_id: Symbol) -> list[Symbol]:
    """`ids` with each occurrence of the pair, from left to right, replaced by the new id."""
    merged: list[Symbol] = []
    position = 0
    while position < len(ids):
        if tuple(ids[position : position + 2]) == pair:
            merged.append(new_id)
            position += 2
        else:
            merged.append(ids[position])
            position += 1
    return merged


def train_merges(
    words: Mapping[Word, int], num_merges: int, *, first_id: int = 256, min_frequency: int = 2
) -> list[Pair]:
    """The first `num_merges` merges, most frequent first; merge i makes the token with the id first_id + i.

    Fewer if no pair is left that occurs min_frequency times. Counts everything anew before each merge: slow,
    see `train_merges_fast`.
    """
    merges: list[Pair] = []
    while len(merges) < num_merges:
        counts = count_pairs(words)
        if not counts or max(counts.values()) < min_frequency:
            break
        pair = most_frequent_pair(counts)
        new_id = first_id + len(merges)
        merges.append(pair)
        merged: Counter[Word] = Counter()
        for word, times in words.items():
            merged[tuple(merge_pair(word, pair, new_id))] += times
        words = merged
    return merges


def encode_with_ranks(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """The tokens of one word, given as the ids of its bytes: merge what was learnt first, until nothing is left.

    merges: pair -> id of its token; the smaller the id, the earlier it was learnt.
    """
    tokens = list(ids)
    while len(tokens) > 1:
        pair = min(pairwise(tokens), key=lambda pair: merges.get(pair, math.inf))
        if pair not in merges:
            break
        tokens = merge_pair(tokens, pair, merges[pair])
    return tokens
