"""Lesson 01, exercise 7 (debug): pairs across words."""

import re
from collections import Counter
from collections.abc import Mapping

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import random_ids
from course_lib.tokenization.pairs import Word


def learn_tokens(text: str, num_merges: int) -> list[bytes]:
    """The tokens that the first merges make, from a text that is cut into words first."""
    return tokens_from(tokenization.count_words([text]), num_merges)


def tokens_from(words: Mapping[str, int], num_merges: int) -> list[bytes]:
    """The first tokens: all bytes, then what the first merges make."""
    tokens = [bytes([byte]) for byte in range(256)]
    spelled: Counter[Word] = Counter()
    for word, times in words.items():
        spelled[tuple(word.encode())] += times
    for left, right in tokenization.train_merges(spelled, num_merges):
        tokens.append(tokens[left] + tokens[right])
    return tokens[256:]


def learn_across_words(text: str, num_merges: int) -> list[bytes]:
    """The whole text is one word."""
    return tokens_from({text: 1}, num_merges)


def learn_without_spaces(text: str, num_merges: int) -> list[bytes]:
    """Words without the space before them."""
    return tokens_from(Counter(text.split()), num_merges)


def learn_with_spaces_behind(text: str, num_merges: int) -> list[bytes]:
    """Each word with the space after it."""
    return tokens_from(Counter(re.findall(r"\S+\s*", text)), num_merges)


def learn_from_distinct_words(text: str, num_merges: int) -> list[bytes]:
    """Every word counts once."""
    return tokens_from(dict.fromkeys(tokenization.split_words(text), 1), num_merges)


def learn_cases(generator: torch.Generator) -> list[Case]:
    """Words that often follow each other, a text with other than ASCII letters, and random sentences."""
    vocabulary = ["the", "cat", "sat", "then", "that", "é", "eat", "a"]
    places = random_ids(generator, 40, len(vocabulary))
    return [
        Case(("to the to the", 5), label="two words, twice each"),
        Case(("the cat sat on the mat. the cat ate the rat. then she sat.", 6), label="two sentences"),
        Case(("é è é è ééé café", 4), label="letters of two bytes"),
        Case((" ".join(vocabulary[place] for place in places), 8), label="random words"),
    ]


def no_token_crosses_words(call: Call, generator: torch.Generator) -> None:
    """A space can only be a token's first byte here, as no two spaces follow each other."""
    crossing = [token for token in call("to be or not to be, to be or not to see " * 3, 20) if b" " in token[1:]]
    if crossing:
        raise Failed(f"of the text 'to be or not to be …', the token {crossing[0]!r} has the end of one word in it")


EXERCISE = Exercise(
    name="learn_tokens",
    reference=learn_tokens,
    forbidden=(
        "course_lib.tokenization.train_tokenizer",
        "course_lib.tokenization.BPETokenizer",
    ),
    cases=learn_cases,
    properties=(Property("no token has parts of two words", no_token_crosses_words),),
    misconceptions=(
        Misconception(
            "pairs cross word borders",
            learn_across_words,
            "The whole text is still one word, so 'e' and ' ' and 't' grow together. Cut it into words first.",
        ),
        Misconception(
            "spaces are lost",
            learn_without_spaces,
            "text.split() throws the spaces away, and decoding could not bring them back. GPT-2's words keep the "
            "space in front: split_words(text).",
        ),
        Misconception(
            "the space is behind the word",
            learn_with_spaces_behind,
            "Your words end with the space, as in 'the '. GPT-2's begin with it, as in ' the': split_words(text).",
        ),
        Misconception(
            "each distinct word counts once",
            learn_from_distinct_words,
            "You cut the text into words but count each only once. How often do they occur? See count_words.",
        ),
    ),
    hints=(
        "What are the keys of `words` in the broken version? How many are there?",
        "A word is a key, and how often it occurs is its value; GPT-2's pattern says what a word is.",
        "count_words([text]) counts the words as strings; make each key tuple(word.encode()).",
    ),
    review="lesson 01, 'Words first: what no token may cross'",
)
