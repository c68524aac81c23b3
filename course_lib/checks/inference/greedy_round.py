"""Lesson 19, exercise 5: what a round gives where the target is greedy."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.inference.inputs import drawn_ids, drawn_size
from course_lib.checks.inference.slots.greedy_round import VARIANTS


def greedy_round(drafted: list[int], best: list[int]) -> list[int]:
    """The drafted tokens up to the first that is not the target's choice, and the target's choice there."""
    kept = agreed(drafted, best)
    return [*drafted[:kept], best[kept]]


def agreed(drafted: list[int], best: list[int]) -> int:
    """How many drafted tokens from the beginning on are what the target would have chosen."""
    return next((place for place, token in enumerate(drafted) if token != best[place]), len(drafted))


def with_end(end: Callable[[list[int], list[int], int], list[int]]) -> Callable[[list[int], list[int]], list[int]]:
    """`greedy_round` with another result of the drafted tokens, the choices, and how many agree."""
    return lambda drafted, best: end(drafted, best, agreed(drafted, best))


def round_cases(generator: torch.Generator) -> list[Case]:
    """All agree, none, the middle one not, the first not, no draft at all, drawn ones."""

    def drawn(V: int) -> Case:
        k = drawn_size(generator, 3, 6)
        best = drawn_ids(generator, k + 1, V)
        drafted = [token if drawn_size(generator, 0, 3) else (token + 1) % V for token in best[:k]]
        return Case((drafted, best), label=f"{k} drafted tokens")

    return [
        Case(([7, 2, 5], [7, 2, 5, 9]), label="all agree"),
        Case(([7, 2, 5], [7, 3, 5, 9]), label="the second differs"),
        Case(([7, 2, 5], [1, 3, 4, 9]), label="the first differs, and all after it"),
        Case(([7, 2], [1, 2, 8]), label="only the first differs"),
        Case(([2, 5, 9], [7, 2, 5, 9]), label="the target's choices, one place too early"),
        Case(([], [4]), label="no drafted tokens"),
        *(drawn(9) for _ in range(4)),
    ]


EXERCISE = Exercise(
    name="greedy_round",
    reference=greedy_round,
    variants=VARIANTS,
    cases=round_cases,
    forbidden=("course_lib.inference.verify", "course_lib.inference.speculate"),
    misconceptions=(
        Misconception(
            "the refused token in place of the target's",
            with_end(
                lambda drafted, best, kept: [*drafted[: kept + 1], *(best[kept:] if kept == len(drafted) else [])]
            ),
            "The first drafted token that is not the target's is refused. In its place comes the target's own, "
            "best[i].",
        ),
        Misconception(
            "the target's first token alone",
            lambda drafted, best: best[:1],
            "Only one token is added. All drafted tokens that agree stay, and the target's own follows.",
        ),
        Misconception(
            "all that agree somewhere",
            lambda drafted, best: [token for token, own in zip(drafted, best, strict=False) if token == own],
            "After the first difference nothing of the draft counts; and the target's own token is missing.",
        ),
        Misconception(
            "agreement behind the first refusal",
            lambda drafted, best: [
                *(token for token, choice in zip(drafted, best, strict=False) if token == choice),
                best[agreed(drafted, best)],
            ],
            "What follows a refused token was guessed after a text that does not exist. Stop at the first difference.",
        ),
        Misconception(
            "without the target's own token",
            with_end(lambda drafted, best, kept: drafted[:kept]),
            "The target has chosen a token at the place of the first difference. It is right, and free: append it.",
        ),
        Misconception(
            "the refused token kept",
            with_end(lambda drafted, best, kept: drafted[: kept + 1]),
            "The token that differs is not what the target would have written. Put the target's choice in its place.",
        ),
        Misconception(
            "the refused token and its replacement",
            with_end(lambda drafted, best, kept: [*drafted[: kept + 1], best[kept]]),
            "The target's choice takes the place of the refused token; yours has both.",
        ),
        Misconception(
            "the last choice instead of the one at the refusal",
            with_end(lambda drafted, best, kept: [*drafted[:kept], best[-1]]),
            "The last row was computed after all drafted tokens, the refused ones too. Take best[number kept].",
        ),
        Misconception(
            "one place too late",
            with_end(lambda drafted, best, kept: [*drafted[:kept], best[min(kept + 1, len(drafted))]]),
            "best[i] is the target's choice for the place of drafted[i]. After `kept` tokens take best[kept].",
        ),
        Misconception(
            "compared with the next place",
            lambda drafted, best: (lambda kept: [*drafted[:kept], best[kept]])(
                next((i for i, token in enumerate(drafted) if token != best[i + 1]), len(drafted))
            ),
            "best[0] is the target's choice for the place of drafted[0]: compare places with the same number.",
        ),
        Misconception(
            "no last token where all agree",
            with_end(
                lambda drafted, best, kept: list(drafted) if kept == len(drafted) else [*drafted[:kept], best[kept]]
            ),
            "If all agree, the target's last row gives one more token: k + 1 in all.",
        ),
        Misconception(
            "all or nothing",
            with_end(lambda drafted, best, kept: list(best) if kept == len(drafted) else best[:1]),
            "What agrees from the beginning on is kept, also if a later token differs.",
        ),
        Misconception(
            "everything that was drafted",
            lambda drafted, best: [*drafted, best[-1]],
            "Compare drafted[i] with best[i], and stop at the first difference. Yours keeps all.",
        ),
        Misconception(
            "all of the target's choices",
            lambda drafted, best: list(best),
            "best[i + 1] was computed after drafted[i]. If that was refused, it belongs to a text that does not exist.",
        ),
        Misconception(
            "how many instead of which",
            lambda drafted, best: agreed(drafted, best),
            "Return the tokens of the round, and not their number.",
        ),
        Misconception(
            "agreements counted anywhere",
            lambda drafted, best: [
                *drafted[: (n := sum(a == b for a, b in zip(drafted, best, strict=False)))],
                best[n],
            ],
            "You count all places that agree. Only those before the first difference stay: what follows it was "
            "computed for another text.",
        ),
    ),
    hints=(
        "best[i] is what the target would write where drafted[i] stands. From where on is the draft of no use?",
        "Count how many agree from the beginning on. The round has one token more than that.",
        "kept = 0; while kept < len(drafted) and drafted[kept] == best[kept]: kept += 1",
    ),
    review="lesson 19, 'A round by hand'",
)
