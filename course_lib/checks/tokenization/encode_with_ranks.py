"""Lesson 01, exercise 4: encode with ranks."""

import math
from functools import partial

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.encoders import (
    encode_choosing,
    encode_in_order_of,
    encode_left_to_right,
    encode_longest_first,
    encode_most_frequent_first,
    encode_once,
    encode_while,
    encode_without_end,
)
from course_lib.checks.tokenization.inputs import draw, random_ids, random_words
from course_lib.checks.tokenization.slots.encode_with_ranks import VARIANTS

LONG_BUT_LATE = {(3, 4): 10, (2, 3): 11, (1, 11): 12, (1, 2): 13}  # 12 spells 1, 2, 3, but 3, 4 was learnt first


def rank_cases(generator: torch.Generator) -> list[Case]:
    """No merges, who comes first, merges of merges, and merges learnt from random words."""
    words = random_words(generator, 20, range(4))
    first_id = draw(generator, 10, 500)
    learnt = tokenization.train_merges(words, draw(generator, 9, 14), first_id=first_id)
    # The last learnt comes first.
    merges = {pair: first_id + number for number, pair in reversed(list(enumerate(learnt)))}
    drawn = [random_ids(generator, draw(generator, 16, 28), 4) for _ in range(draw(generator, 1, 4))]
    return [
        Case(([1, 2], {}), label="nothing was learnt"),
        Case(([1, 2, 3], {(2, 3): 10}), label="one merge"),
        Case(([1, 2, 3], {(1, 2): 11, (2, 3): 10}), label="two merges want the id 2; the right one was learnt first"),
        Case(([1, 2, 3], {(1, 2): 10, (2, 3): 11}), label="two merges want the id 2; the left one was learnt first"),
        Case(([1, 2, 3], {(2, 3): 11, (1, 2): 10}), label="the same, listed the other way round"),
        Case(([2, 3, 4], {(2, 3): 10, (10, 4): 11}), label="a merge of a merge"),
        Case(([1, 2, 3, 4], LONG_BUT_LATE), label="the longest token was not learnt first"),
        Case(([1, 1, 1, 1, 1], {(1, 1): 10, (10, 10): 11}), label="a run of five"),
        Case(([1, 2, 7, 8, 7, 7], {(1, 2): 10}), label="a word that ends with two ids alike"),
        Case(([], {(1, 2): 10}), label="an empty word"),
        Case(([1], {(1, 2): 10}), label="a word of one byte"),
        Case(([2, 3, 4], {(10, 4): 11, (2, 3): 10}), label="a merge of a merge, listed the other way round"),
        Case(([2, 1, 3], {(2, 1): 10, (1, 3): 11}), label="the pair learnt first has the larger id in front"),
        Case(([1, 2, 4, 1, 2, 1], {(2, 1): 10, (1, 2): 11}), label="the pair learnt first occurs less often"),
        Case(([1, 2, 5, 4], {(5, 4): 10, (1, 2): 11, (2, 5): 12, (11, 10): 13}), label="merged to a single token"),
        *(Case((ids, merges), label="merges learnt from random words") for ids in drawn),
    ]


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
    variants=VARIANTS,
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
            encode_in_order_of(lambda item: 0),
            "The dictionary is in no order. Sort the merges by their ids, or look for the smallest id each time.",
        ),
        Misconception(
            "merges in the dictionary's order, again and again",
            encode_in_order_of(lambda item: 0, until_none_is_left=True),
            "Going through the dictionary again does not help: what was merged too early stays merged. Look for the "
            "smallest id each time.",
        ),
        Misconception(
            "merges sorted by their pairs",
            encode_in_order_of(lambda item: item[0]),
            "You sorted the merges by the pairs, the keys. What was learnt first is told by the ids, the values.",
        ),
        Misconception(
            "merges in the opposite order",
            encode_in_order_of(lambda item: -item[1]),
            "You begin with the merge that was learnt last. The smallest id was learnt first, and is merged first.",
        ),
        Misconception(
            "the most frequent pair is merged first",
            encode_most_frequent_first,
            "You count pairs in the word, as in training. When encoding, the merge that was learnt first comes first, "
            "however often its pair occurs.",
        ),
        Misconception(
            "a pair that was never learnt is looked up",
            partial(encode_without_end, lambda merges, pair: merges[pair]),
            "merges[pair] raises an error for a pair that was never learnt. Ask first whether it is in merges.",
        ),
        Misconception(
            "no pair to choose from",
            partial(encode_without_end, lambda merges, pair: merges.get(pair, math.inf)),
            "A word of one token has no pair, and min() of nothing raises an error. See whether there is a pair first.",
        ),
        Misconception(
            "once from left to right",
            encode_left_to_right,
            "You go through the word once and merge what is known as you meet it. In each round look at all pairs, and "
            "merge the one that was learnt first.",
        ),
        Misconception(
            "the last two tokens never merged",
            partial(encode_while, lambda ids: len(ids) > 2),
            "You stop when two tokens are left, although they are a pair and may be known.",
        ),
        Misconception(
            "a pair that was never learnt comes first",
            partial(encode_while, lambda ids: len(ids) > 1, unknown=0),
            "Your default rank is smaller than all others, so a pair that was never learnt is chosen, and you stop too "
            "early. Take math.inf.",
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
