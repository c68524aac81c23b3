"""Lesson 15, exercise 3: how much of a test is known already."""

from collections.abc import Callable, Sequence

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_text, drawn_whole

Texts = Sequence[str]


def runs_of(text: str, n: int) -> list[tuple[str, ...]]:
    """All runs of n words, with repetitions."""
    words = text.split()
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def contaminated_share(held_out: Texts, train: Texts, n: int) -> float:
    """The share of held-out texts with a run of n words that a training text has as well."""
    return share_with()(held_out, train, n)


def share_with(
    runs: Callable[[str, int], Sequence[object]] = runs_of,
    found: Callable[[list[bool]], bool] = any,
    known: Callable[[Texts], Texts] = lambda train: train,
) -> Callable[[Texts, Texts, int], float]:
    """`contaminated_share` with other runs, another rule for when a text counts, or other training texts."""

    def mutant(held_out: Texts, train: Texts, n: int) -> float:
        seen = {run for text in known(train) for run in runs(text, n)}
        return sum(found([run in seen for run in runs(text, n)]) for text in held_out) / len(held_out)

    return mutant


def share_of_runs(held_out: Texts, train: Texts, n: int) -> float:
    """The share of all runs."""
    seen = {run for text in train for run in runs_of(text, n)}
    mine = [run for text in held_out for run in runs_of(text, n)]
    return sum(run in seen for run in mine) / len(mine) if mine else 0.0


def cases(generator: torch.Generator) -> list[Case]:
    """By hand; words in another order; a run over the border of two texts; a short text; drawn ones."""

    def drawn(n: int) -> Case:
        train = [drawn_text(generator, drawn_whole(generator, 12, 20)) for _ in range(4)]
        held_out = [drawn_text(generator, drawn_whole(generator, 6, 12)) for _ in range(6)]
        inside = train[drawn_whole(generator, 0, 3)].split()[3 : 3 + n]
        held_out[1] = " ".join(["so", *inside, "too"])  # planted, between other words
        held_out[4] = " ".join(["so", *inside[::-1], "too"])
        return Case((held_out, train, n), label=f"drawn texts, runs of {n} words")

    return [
        Case((["a b c d", "x y z w"], ["q a b c", "y x"], 3), label="one of two texts has three words in common"),
        Case((["c b a", "a b c"], ["a b c d"], 3), label="the same words in another order"),
        Case((["A b c", "a b c"], ["x a b c"], 3), label="a capital in one of two texts"),
        Case((["a b c", "b c d"], ["xa b cd"], 3), label="words that begin or end with the same letters"),
        Case((["b c d e"], ["a b c", "d e f"], 3), label="a run over the border of two training texts"),
        Case((["a b c d"], ["a b c x", "y b c d"], 3), label="every run is known, but from two texts"),
        Case((["a b", "a b c"], ["a b", "x y z"], 3), label="texts of two words, runs of three"),
        Case((["a b c", "a b d", "q r s", "b c d"], ["x a b c d"], 3), label="the run begins at any word"),
        drawn(3),
        drawn(4),
    ]


EXERCISE = Exercise(
    name="contaminated_share",
    reference=contaminated_share,
    cases=cases,
    forbidden=("course_lib.scaling.overlapping", "course_lib.scaling.contamination.word_runs"),
    misconceptions=(
        Misconception(
            "share of the runs",
            share_of_runs,
            "That is the share of runs. Asked for is the share of held-out texts that have at least one.",
        ),
        Misconception(
            "all runs must be known",
            share_with(found=all),
            "One run of n words that was trained on is enough: any, not all.",
        ),
        Misconception(
            "one word more",
            share_with(lambda text, n: runs_of(text, n + 1)),
            "Your runs have n + 1 words: words[i : i + n] has n.",
        ),
        Misconception(
            "one word less",
            share_with(lambda text, n: runs_of(text, n - 1)),
            "Your runs have n − 1 words: words[i : i + n] has n.",
        ),
        Misconception(
            "order ignored",
            share_with(lambda text, n: [tuple(sorted(run)) for run in runs_of(text, n)]),
            "The same words in another order are another run: keep them in order.",
        ),
        Misconception(
            "training texts glued together",
            share_with(known=lambda train: [" ".join(train)]),
            "A run that begins in one training text and ends in the next was never read. Take the runs of each text.",
        ),
        Misconception(
            "pieces in place of runs",
            share_with(lambda text, n: runs_of(text, n)[::n]),
            "You cut the texts into pieces. A run begins at every word.",
        ),
        Misconception(
            "the last run left out",
            share_with(lambda text, n: runs_of(text, n)[:-1]),
            "The last run begins at len(words) − n: range(len(words) − n + 1).",
        ),
        Misconception(
            "single words",
            share_with(lambda text, n: runs_of(text, 1)),
            "Single words are in every text. Only a run of n words in a row counts.",
        ),
        Misconception(
            "letters in place of words",
            share_with(lambda text, n: [text[i : i + n] for i in range(len(text) - n + 1)]),
            "Your runs are of n letters. Split the text into words first.",
        ),
        Misconception(
            "the number of texts",
            lambda held_out, train, n: contaminated_share(held_out, train, n) * len(held_out),
            "That is how many. Divide by the number of held-out texts.",
        ),
        Misconception(
            "the share that is clean",
            lambda held_out, train, n: 1 - contaminated_share(held_out, train, n),
            "That is the share of texts that are clean. Asked for is the other one.",
        ),
        Misconception(
            "training texts judged",
            lambda held_out, train, n: contaminated_share(train, held_out, n),
            "You count training texts. Asked for is the share of held-out texts.",
        ),
        Misconception(
            "whole texts only",
            lambda held_out, train, n: sum(any(text in other for other in train) for text in held_out) / len(held_out),
            "You look for whole texts. A run of n words is enough.",
        ),
    ),
    hints=(
        "Which runs of n words were trained on? Put them all into one set of tuples.",
        "words = text.split(); {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}",
        "A held-out text counts if any of its runs is in that set; divide by len(held_out).",
    ),
    review="lesson 15, 'A leak, planted'",
)
