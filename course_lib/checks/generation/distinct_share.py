"""Lesson 12, exercise 10: measuring variety."""

from collections import Counter
from collections.abc import Callable, Sequence

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.generation.slots.distinct_share import VARIANTS


def distinct_share(texts: Sequence[Sequence[int]], n: int) -> float:
    """Distinct n-grams over n-grams, of all texts together; none runs from one text into the next; 0 without any."""
    grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def distinct_with(
    grams: Callable[[Sequence[int], int], list[tuple]],
    total: Callable[[list[tuple], Sequence[Sequence[int]]], int] = lambda all_grams, texts: len(all_grams),
) -> Callable[[Sequence[Sequence[int]], int], float]:
    """`distinct_share` with other n-grams of a text, or another number to divide by."""

    def mutant(texts: Sequence[Sequence[int]], n: int) -> float:
        found = [gram for text in texts for gram in grams(text, n)]
        return len(set(found)) / total(found, texts) if found else 0.0

    return mutant


def all_grams(text: Sequence[int], n: int) -> list[tuple]:
    """Every window of n tokens."""
    return [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]


def across_texts(texts: Sequence[Sequence[int]], n: int) -> float:
    """All texts in one row."""
    return distinct_share([[token for text in texts for token in text]], n)


def mean_of_shares(texts: Sequence[Sequence[int]], n: int) -> float:
    """Each text by itself: ten equal texts are as varied as one."""
    shares = [distinct_share([text], n) for text in texts if len(text) >= n]
    return sum(shares) / len(shares) if shares else 0.0


def digits_joined(texts: Sequence[Sequence[int]], n: int) -> float:
    """n-grams as text, without anything between the ids."""
    grams = ["".join(map(str, text[i : i + n])) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def distinct_cases(generator: torch.Generator) -> list[Case]:
    """Words that repeat, pairs that do, equal texts, one too short, and drawn ones."""
    lengths = torch.randint(7, 13, (3,), generator=generator).tolist()
    drawn = [torch.randint(4, (length,), generator=generator).tolist() for length in lengths]
    return [
        Case(([[1, 1, 2]], 1), label="2 distinct of 3 tokens"),
        Case(([[1, 2, 1, 2, 1, 2]], 2), label="pairs of 1 2 1 2 1 2"),
        Case(([[1, 2, 3], [1, 2, 3]], 2), label="the same text twice"),
        Case(([[1, 23, 4], [12, 3, 4]], 2), label="ids of two digits"),
        Case(([[1, 2], [3]], 2), label="one text is too short for a pair"),
        Case(([[1], [2]], 2), label="no pair at all"),
        Case((drawn, 3), label="three drawn texts, triples"),
        Case(([drawn[0], drawn[0][::-1], drawn[1]], 2), label="a drawn text, the same backwards, and another; pairs"),
    ]


EXERCISE = Exercise(
    name="distinct_share",
    reference=distinct_share,
    variants=VARIANTS,
    cases=distinct_cases,
    forbidden=("course_lib.generation.distinct_n",),
    misconceptions=(
        Misconception(
            "across texts",
            across_texts,
            "The last token of one text and the first of the next make no pair. Take the n-grams of each text.",
        ),
        Misconception(
            "each text by itself",
            mean_of_shares,
            "Ten equal texts would be as varied as one. Put the n-grams of all texts into one set.",
        ),
        Misconception(
            "pieces in place of windows",
            distinct_with(lambda text, n: [tuple(text[i : i + n]) for i in range(0, len(text) - n + 1, n)]),
            "You cut the text into pieces. N-grams overlap: one begins at every token.",
        ),
        Misconception(
            "divided by the tokens",
            distinct_with(all_grams, total=lambda found, texts: sum(len(text) for text in texts)),
            "A text of 6 tokens has 5 pairs. Divide by the number of n-grams.",
        ),
        Misconception(
            "the last one left out",
            distinct_with(lambda text, n: all_grams(text[:-1], n)),
            "The last n-gram begins at len(text) − n: range(len(text) - n + 1).",
        ),
        Misconception(
            "those that occur once",
            lambda texts, n: (
                sum(count == 1 for count in Counter(found).values()) / len(found)
                if (found := [gram for text in texts for gram in all_grams(text, n)])
                else 0.0
            ),
            "You count n-grams that occur only once. One that repeats is a distinct n-gram too: count each once.",
        ),
        Misconception(
            "order within an n-gram ignored",
            distinct_with(lambda text, n: [tuple(sorted(gram)) for gram in all_grams(text, n)]),
            "1 2 and 2 1 are two different pairs. Put tuples into the set, not sets or sorted ones.",
        ),
        Misconception(
            "distinct ones added up over texts",
            lambda texts, n: (
                sum(len(set(all_grams(text, n))) for text in texts) / total
                if (total := sum(len(all_grams(text, n)) for text in texts))
                else 0.0
            ),
            "What two texts have in common is counted twice. Put the n-grams of all texts into one set.",
        ),
        Misconception(
            "the share that repeats",
            lambda texts, n: 1 - distinct_share(texts, n),
            "That is the share of repetitions. Asked for are the distinct ones.",
        ),
        Misconception(
            "the number of distinct ones",
            distinct_with(all_grams, total=lambda found, texts: 1),
            "That is how many there are. For the share divide by the number of all n-grams.",
        ),
        Misconception(
            "single tokens, whatever n is",
            lambda texts, n: distinct_share(texts, 1),
            "You count single tokens. An n-gram is n tokens in a row.",
        ),
        Misconception(
            "n + 1 tokens",
            lambda texts, n: distinct_share(texts, n + 1),
            "Your n-grams have n + 1 tokens: text[i : i + n] has n.",
        ),
        Misconception(
            "percent",
            lambda texts, n: 100 * distinct_share(texts, n),
            "A share lies between 0 and 1; yours is in percent.",
        ),
        Misconception(
            "mean over all texts",
            lambda texts, n: sum(distinct_share([text], n) for text in texts) / len(texts),
            "Ten equal texts would be as varied as one, and a text without n-grams counts as one that repeats all. "
            "Put the "
            "n-grams of all texts into one set.",
        ),
        Misconception(
            "1 without any n-gram",
            lambda texts, n: distinct_share(texts, n) if any(len(text) >= n for text in texts) else 1.0,
            "Without any n-gram the share is 0.",
        ),
        Misconception(
            "digits joined",
            digits_joined,
            "You join the ids into text, where 1 and 23 look like 12 and 3. Compare tuples of ids.",
        ),
        Misconception(
            "divided by the number of texts",
            distinct_with(all_grams, lambda found, texts: len(texts)),
            "You divide by the number of texts. Divide by the number of all n-grams.",
        ),
        Misconception(
            "1 less the share",
            lambda texts, n: 1 - distinct_share(texts, n) if any(len(text) >= n for text in texts) else 0.0,
            "That is the share that repeats what was there before. Asked for is the share that is distinct.",
        ),
    ),
    hints=(
        "Which pairs has 1 2 1 2? There are three, and two of them are distinct.",
        "A text has len(text) − n + 1 n-grams; tuples can be put into a set.",
        "grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]",
    ),
    review="lesson 12, 'Is it any good?'",
)
