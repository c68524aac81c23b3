"""Lesson 01, exercise 4: encode with ranks."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import random_ids, random_words
from course_lib.tokenization.pairs import Pair

LONG_BUT_LATE = {(3, 4): 10, (2, 3): 11, (1, 11): 12, (1, 2): 13}  # 12 spells 1, 2, 3, but 3, 4 was learnt first


def rank_cases(generator: torch.Generator) -> list[Case]:
    """No merges, who comes first, merges of merges, and merges learnt from random words."""
    words = random_words(generator, 20, bytes(range(4)))
    learnt = tokenization.train_merges(words, 12, first_id=10)
    merges = {pair: 10 + number for number, pair in reversed(list(enumerate(learnt)))}  # the last learnt comes first
    return [
        Case(([1, 2], {}), label="nothing was learnt"),
        Case(([1, 2, 3], {(2, 3): 10}), label="one merge"),
        Case(([1, 2, 3], {(1, 2): 11, (2, 3): 10}), label="two merges want the id 2; the right one was learnt first"),
        Case(([1, 2, 3], {(1, 2): 10, (2, 3): 11}), label="two merges want the id 2; the left one was learnt first"),
        Case(([1, 2, 3], {(2, 3): 11, (1, 2): 10}), label="the same, listed the other way round"),
        Case(([2, 3, 4], {(2, 3): 10, (10, 4): 11}), label="a merge of a merge"),
        Case(([1, 2, 3, 4], LONG_BUT_LATE), label="the longest token was not learnt first"),
        Case(([1, 1, 1, 1, 1], {(1, 1): 10, (10, 10): 11}), label="a run of five"),
        Case(([], {(1, 2): 10}), label="an empty word"),
        Case((random_ids(generator, 20, 4), merges), label="merges learnt from random words"),
    ]


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


def encode_in_dictionary_order(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """Every merge once, in the order in which the dictionary lists them."""
    tokens = list(ids)
    for pair, new_id in merges.items():
        tokens = tokenization.merge_pair(tokens, pair, new_id)
    return tokens


def encode_once(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """Stops after the first merge."""
    known = [pair for pair in pairwise(ids) if pair in merges]
    if not known:
        return list(ids)
    pair = min(known, key=lambda pair: merges[pair])
    return tokenization.merge_pair(ids, pair, merges[pair])


def tokens_spell_the_word(call: Call, generator: torch.Generator) -> None:
    """Taken apart again, the tokens are the word."""
    merges = {(0, 1): 10, (1, 1): 11, (10, 2): 12, (11, 0): 13, (12, 12): 14}
    parts = {new_id: pair for pair, new_id in merges.items()}
    ids = random_ids(generator, 24, 3)
    tokens = call(ids, merges)
    spelled = list(tokens)
    while any(token in parts for token in spelled):
        spelled = [part for token in spelled for part in parts.get(token, (token,))]
    if spelled != ids:
        raise Failed(f"the tokens {tokens} spell {spelled}, but the word is {ids}")


EXERCISE = Exercise(
    name="encode_with_ranks",
    reference=tokenization.encode_with_ranks,
    forbidden=(
        "course_lib.tokenization.BPETokenizer",
        "course_lib.tokenization.to_tiktoken",
        "tiktoken.Encoding",
    ),
    cases=rank_cases,
    properties=(Property("the tokens spell the word", tokens_spell_the_word),),
    misconceptions=(
        Misconception(
            "the leftmost pair is merged first",
            encode_choosing(lambda known: known[0]),
            "You merge the first pair that is known. Look at all pairs, and merge the one that was learnt first.",
        ),
        Misconception(
            "what was learnt last is merged first",
            encode_choosing(max),
            "The smallest id was learnt first, and is merged first: min, not max.",
        ),
        Misconception(
            "longest token first",
            encode_longest_first,
            "You look for the longest token that fits. BPE does not care for length: it repeats the merges in the "
            "order in which they were learnt.",
        ),
        Misconception(
            "merges in the dictionary's order",
            encode_in_dictionary_order,
            "The dictionary is in no order. Sort the merges by their ids, or look for the smallest id each time.",
        ),
        Misconception(
            "one merge only",
            encode_once,
            "After a merge there can be new pairs that are known, with the new id in them. Go on until there are none.",
        ),
    ),
    hints=(
        "In each round, which of the pairs that stand side by side now was learnt first?",
        "merges.get(pair, math.inf) makes a pair that was never learnt come last.",
        "pair = min(zip(ids, ids[1:]), key=lambda pair: merges.get(pair, math.inf)); stop if it is not in merges, "
        "otherwise ids = merge_pair(ids, pair, merges[pair]). Mind words of one id.",
    ),
    review="lesson 01, 'Encoding: the merges again, in their order'",
)
