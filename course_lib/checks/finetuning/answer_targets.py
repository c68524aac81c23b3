"""Lesson 16, exercise 2 (debug): which targets count."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.finetuning.inputs import drawn_ids, drawn_size
from course_lib.checks.finetuning.slots.answer_targets import VARIANTS

IGNORED = -100
Ids = list[int]


def answer_targets(ids: Ids, start: int) -> Ids:
    """For each of ids[:-1] the token after it if this belongs to the answer, else −100."""
    return targets_with()(ids, start)


def targets_with(
    *,
    shift: int = 1,
    counts: Callable[[int, int, int], bool] = lambda place, start, n: place >= start,
    ignored: int = IGNORED,
) -> Callable[[Ids, int], Ids]:
    """`answer_targets` with another shift, other places that count (place, start, number of ids) or another mark."""

    def mutant(ids: Ids, start: int) -> Ids:
        shifted = [*ids[shift:], *ids[-1:] * (shift - 1)][: len(ids) - 1]
        return [
            token if counts(place, start, len(ids)) else ignored
            for place, token in enumerate(shifted, start=min(shift, 1))
        ]

    return mutant


def by_the_id(ids: Ids, start: int) -> Ids:
    """What has the id of the row's first token does not count."""
    return [IGNORED if token == ids[0] else token for token in answer_targets(ids, start)]


def filled_up(ids: Ids, start: int) -> Ids:
    """Two ahead, the first token put at the end."""
    ahead = [*ids[2:], ids[0]]
    return [IGNORED if place < start - 1 else token for place, token in enumerate(ahead)]


def target_cases(generator: torch.Generator) -> list[Case]:
    """A row to do by hand; an answer that is only an end; one from the second token on; then drawn ones."""

    def case(ids: Ids, start: int) -> Case:
        return Case((ids, start), label=f"{len(ids)} ids, the answer from place {start} on")

    n = drawn_size(generator, 9, 14)
    return [
        case([90, 91, 5, 92, 7, 8, 90], 4),
        case([90, 91, 5, 92, 90], 4),
        case([3, 4, 5], 1),
        case(drawn_ids(generator, n), drawn_size(generator, 3, n - 3)),
        case(drawn_ids(generator, n + 4), drawn_size(generator, 3, n)),
    ]


EXERCISE = Exercise(
    name="answer_targets",
    reference=answer_targets,
    variants=VARIANTS,
    cases=target_cases,
    forbidden=("course_lib.finetuning.answer_targets",),
    misconceptions=(
        Misconception(
            "judged by the id",
            by_the_id,
            "You leave out every target that is the end of text. The one at the end of the answer counts: decide by "
            "the place.",
        ),
        Misconception(
            "shifted twice, the rest filled up",
            filled_up,
            "Your targets are two tokens ahead, and one is added at the end: the target of ids[t] is ids[t + 1].",
        ),
        Misconception(
            "the prompt counts",
            targets_with(counts=lambda place, start, n: True),
            "The request counts, too. The model shall learn to answer, not to ask: −100 before the answer.",
        ),
        Misconception(
            "shifted twice",
            targets_with(shift=2),
            "Your targets are two tokens ahead: the target of ids[t] is ids[t + 1].",
        ),
        Misconception(
            "not shifted",
            targets_with(shift=0),
            "Each position has its own token as its target, which it can copy. The target of ids[t] is ids[t + 1].",
        ),
        Misconception(
            "the end does not count",
            targets_with(counts=lambda place, start, n: start <= place < n - 1),
            "The last token, the end, does not count in yours. A model that never learns it never stops.",
        ),
        Misconception(
            "the answer's first token does not count",
            targets_with(counts=lambda place, start, n: place > start),
            "The answer's first token is the target of the prompt's last one, and counts.",
        ),
        Misconception(
            "the prompt's last token counts",
            targets_with(counts=lambda place, start, n: place >= start - 1),
            "One target too many counts: the prompt's last token is given, and nobody has to predict it.",
        ),
        Misconception(
            "0 for what does not count",
            targets_with(ignored=0),
            "0 is an id like any other, and the loss would ask for it. The mark is −100.",
        ),
        Misconception(
            "-1 for what does not count",
            targets_with(ignored=-1),
            "The mark that cross_entropy leaves out is −100.",
        ),
        Misconception(
            "the answer hidden, the prompt counted",
            targets_with(counts=lambda place, start, n: place < start),
            "The wrong way round: what belongs to the answer counts.",
        ),
        Misconception(
            "only the end counts",
            targets_with(counts=lambda place, start, n: place == n - 1),
            "Every token of the answer counts, its last one among them.",
        ),
        Misconception(
            "only the answer returned",
            lambda ids, start: ids[start:],
            "There is one target for each of ids[:-1]: −100 for those before the answer.",
        ),
        Misconception(
            "one target too many",
            lambda ids, start: [*answer_targets(ids, start), IGNORED],
            "There is a target for each of ids[:-1], so one fewer than there are ids.",
        ),
        Misconception(
            "nothing shifted away",
            lambda ids, start: [IGNORED] * start + ids[start:],
            "You have a target for each id, its own. The target of ids[t] is ids[t + 1], and the last id has none.",
        ),
        Misconception(
            "shifted twice, the end lost",
            lambda ids, start: [IGNORED] * (start - 1) + [*ids[start + 1 :], IGNORED],
            "Your targets are two tokens ahead: the target of ids[t] is ids[t + 1].",
        ),
    ),
    hints=(
        "The target of place t is ids[t + 1]. It counts if t + 1 is a place of the answer, so if t + 1 >= start.",
        "How many targets are −100? All whose token stands at places 1 to start − 1: start − 1 of them.",
        "return [-100] * (start - 1) + ids[start:]",
    ),
    review="lesson 16, 'What shall the model learn?'",
)
