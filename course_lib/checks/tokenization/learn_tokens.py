"""Lesson 01, exercise 7 (debug): pairs across words."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import draw, random_ids
from course_lib.tokenization.pairs import Pair, Word


def learn_tokens(text: str, num_merges: int) -> list[bytes]:
    """The tokens that the first merges make, from a text that is cut into words first."""
    return tokens_from(tokenization.count_words([text]), num_merges)


def tokens_from(words: Mapping[str, int], num_merges: int) -> list[bytes]:
    """What the first merges make of these words."""
    spelled: Counter[Word] = Counter()
    for word, times in words.items():
        spelled[tuple(word.encode())] += times
    return tokens_of(tokenization.train_merges(spelled, num_merges))


def tokens_of(merges: Sequence[Pair]) -> list[bytes]:
    """What the merges make: all bytes, then a token for each merge, without the bytes."""
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        tokens.append(tokens[left] + tokens[right])
    return tokens[256:]


def learn_across_words(text: str, num_merges: int) -> list[bytes]:
    """The whole text is one word."""
    return tokens_from({text: 1}, num_merges)


def learn_without_spaces(text: str, num_merges: int) -> list[bytes]:
    """Words without the space before them."""
    return tokens_from(Counter(text.split()), num_merges)


def learn_from_distinct_words(text: str, num_merges: int) -> list[bytes]:
    """Every word counts once."""
    return tokens_from(dict.fromkeys(tokenization.split_words(text), 1), num_merges)


def learn_and_filter(text: str, num_merges: int) -> list[bytes]:
    """Tokens that cross words thrown away when it is too late."""
    return [token for token in learn_across_words(text, num_merges) if b" " not in token[1:]]


def learn_from_characters(text: str, num_merges: int) -> list[bytes]:
    """Words as tuples of characters, which are not ids."""
    words = {tuple(word): times for word, times in tokenization.count_words([text]).items()}
    return tokens_of(tokenization.train_merges(words, num_merges))  # type: ignore[arg-type]


def learn_from_letters(text: str, num_merges: int) -> list[bytes]:
    """`count_words` goes through the texts of a list; of a text it takes each character for one."""
    return tokens_from(tokenization.count_words(text), num_merges)


def learn_words_matching(pattern: str) -> Callable[[str, int], list[bytes]]:
    """Words found by another pattern than GPT-2's."""
    return lambda text, num_merges: tokens_from(Counter(re.findall(pattern, text)), num_merges)


def learn_cases(generator: torch.Generator) -> list[Case]:
    """Words that often follow each other, a text with other than ASCII letters, and random sentences."""
    vocabulary = ["the", "cat", "sat", "then", "that", "é", "eat", "a"]
    drawn = [random_ids(generator, draw(generator, 30, 60), len(vocabulary)) for _ in range(draw(generator, 1, 3))]
    return [
        Case(("to the to the", 0), label="no merges"),
        Case(("to the to the", 5), label="two words, twice each"),
        Case(("The cat sat on the mat. The cat ate the rat. Then she sat.", 6), label="two sentences"),
        Case(("oh no!! oh no!!", 4), label="two exclamation marks"),
        Case(("é è é è ééé café", 4), label="letters of two bytes"),
        *(
            Case((" ".join(vocabulary[place] for place in places), draw(generator, 5, 10)), label="random words")
            for places in drawn
        ),
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
            learn_words_matching(r"\S+\s*"),
            "Your words end with the space, as in 'the '. GPT-2's begin with it, as in ' the': split_words(text).",
        ),
        Misconception(
            "each distinct word counts once",
            learn_from_distinct_words,
            "You cut the text into words but count each only once. How often do they occur? See count_words.",
        ),
        Misconception(
            "crossing tokens thrown away at the end",
            learn_and_filter,
            "Filtering comes too late: the merges were already spent on tokens that cross words. Cut the text into "
            "words before you train.",
        ),
        Misconception(
            "characters instead of bytes",
            learn_from_characters,
            "Your words consist of characters. The merges are over bytes: tuple(word.encode()).",
        ),
        Misconception(
            "each character counted as a word",
            learn_from_letters,
            "count_words wants a list of texts. Given a text, it takes each character for one, and a word of one "
            "character has no pair: count_words([text]).",
        ),
        Misconception(
            "punctuation thrown away",
            learn_words_matching(r"\w+"),
            "Your pattern keeps letters only, so spaces and full stops are lost. Use split_words(text).",
        ),
        Misconception(
            "punctuation left on the words",
            learn_words_matching(r" ?\S+"),
            "You cut at spaces only, so 'mat.' is one word. GPT-2's pattern parts letters and punctuation: "
            "split_words(text).",
        ),
        Misconception(
            "capital letters lost",
            lambda text, num_merges: learn_tokens(text.lower(), num_merges),
            "You changed the text to small letters. A tokenizer must give back the text as it was.",
        ),
        Misconception(
            "a space before every word",
            lambda text, num_merges: tokens_from(Counter(f" {word}" for word in text.split()), num_merges),
            "You put a space before each word, the first one too, where the text has none: split_words(text) keeps "
            "each space where it was.",
        ),
        Misconception(
            "the spaces stripped off",
            lambda text, num_merges: tokens_from(
                Counter(word.strip() for word in tokenization.split_words(text)), num_merges
            ),
            "strip() throws the spaces away again. They belong to the words, in front.",
        ),
        Misconception(
            "the bytes are returned as well",
            lambda text, num_merges: [bytes([byte]) for byte in range(256)] + learn_tokens(text, num_merges),
            "The first 256 tokens are the bytes, which nobody had to learn: return tokens[256:].",
        ),
        Misconception(
            "pairs instead of tokens",
            lambda text, num_merges: tokenization.train_merges(
                Counter(tuple(word.encode()) for word in tokenization.split_words(text)), num_merges
            ),
            "These are the merges, pairs of ids. Asked for are the bytes that each of them makes.",
        ),
    ),
    hints=(
        "What are the keys of `words` in the broken version? How many are there?",
        "A word is a key, and how often it occurs is its value; GPT-2's pattern says what a word is.",
        "count_words([text]) counts the words as strings; make each key tuple(word.encode()).",
    ),
    review="lesson 01, 'Words first: what no token may cross'",
)
