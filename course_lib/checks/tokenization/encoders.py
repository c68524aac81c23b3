"""Encoders of lesson 01 that choose the next merge otherwise than by what was learnt first."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from course_lib import tokenization
from course_lib.tokenization.pairs import Pair


def encode_choosing(choose: Callable[[list[int]], int]) -> Callable[[Sequence[int], Mapping[Pair, int]], list[int]]:
    """Merge again and again the first occurrence of the pair that `choose` takes of those that are there."""

    def encode(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
        tokens = list(ids)
        while known := [merges[pair] for pair in pairwise(tokens) if pair in merges]:
            wanted = choose(known)
            place = next(place for place, pair in enumerate(pairwise(tokens)) if merges.get(pair) == wanted)
            tokens[place : place + 2] = [wanted]
        return tokens

    return encode


def encode_longest_first(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """At each place the longest token of the vocabulary that fits, whatever its rank."""
    spelled: dict[int, tuple[int, ...]] = {}
    for (left, right), new_id in sorted(merges.items(), key=lambda item: item[1]):
        spelled[new_id] = (*spelled.get(left, (left,)), *spelled.get(right, (right,)))
    tokens, place = [], 0
    while place < len(ids):
        fitting = [token for token, parts in spelled.items() if tuple(ids[place : place + len(parts)]) == parts]
        token = max(fitting, key=lambda token: len(spelled[token]), default=ids[place])
        tokens.append(token)
        place += len(spelled.get(token, (token,)))
    return tokens


def encode_in_order_of(
    key: Callable[[tuple[Pair, int]], object], *, until_none_is_left: bool = False
) -> Callable[[Sequence[int], Mapping[Pair, int]], list[int]]:
    """Every merge once, sorted by `key`; or all of them again, until none changes anything."""

    def encode(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
        before: list[int] | None = None
        tokens = list(ids)
        while tokens != before:
            before = tokens
            for pair, new_id in sorted(merges.items(), key=key):  # type: ignore[arg-type]
                tokens = tokenization.merge_pair(tokens, pair, new_id)
            if not until_none_is_left:
                break
        return tokens

    return encode


def encode_most_frequent_first(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """The pair that occurs most often in the word, as in training; of equals the one learnt first."""
    tokens = list(ids)
    while known := [pair for pair in pairwise(tokens) if pair in merges]:
        pair = min(known, key=lambda pair: (-known.count(pair), merges[pair]))
        tokens = tokenization.merge_pair(tokens, pair, merges[pair])
    return tokens


def encode_without_end(
    missing: Callable[[Mapping[Pair, int], Pair], float], ids: Sequence[int], merges: Mapping[Pair, int]
) -> list[int]:
    """Looks for the smallest rank without asking whether there is a pair."""
    tokens = list(ids)
    while True:
        pair = min(pairwise(tokens), key=lambda pair: missing(merges, pair))
        if pair not in merges:
            return tokens
        tokens = tokenization.merge_pair(tokens, pair, merges[pair])


def encode_once(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """Stops after the first merge."""
    known = [pair for pair in pairwise(ids) if pair in merges]
    if not known:
        return list(ids)
    pair = min(known, key=lambda pair: merges[pair])
    return tokenization.merge_pair(ids, pair, merges[pair])


def encode_left_to_right(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """Merges what is known as it comes, and goes on behind it."""
    tokens, place = list(ids), 0
    while place < len(tokens) - 1:
        pair = (tokens[place], tokens[place + 1])
        if pair in merges:
            tokens[place : place + 2] = [merges[pair]]
        else:
            place += 1
    return tokens


def encode_while(
    goes_on: Callable[[Sequence[int]], bool],
    ids: Sequence[int],
    merges: Mapping[Pair, int],
    unknown: float = math.inf,
) -> list[int]:
    """The right loop with another end, or with another rank for pairs that were never learnt."""
    tokens = list(ids)
    while goes_on(tokens):
        pair = min(pairwise(tokens), key=lambda pair: merges.get(pair, unknown))
        if pair not in merges:
            break
        tokens = tokenization.merge_pair(tokens, pair, merges[pair])
    return tokens
