"""Lesson 16, exercise 1: a request and its answer as one row of ids."""

from collections.abc import Callable

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.finetuning.inputs import drawn_ids, drawn_size
from course_lib.checks.finetuning.slots.chat_ids import VARIANTS

Ids = list[int]


def chat_ids(request: Ids, answer: Ids | None, end: int, user: int, storyteller: int) -> Ids:
    """end, user, the request, storyteller; and if there is an answer, the answer and end."""
    return ids_with()(request, answer, end, user, storyteller)


def ids_with(
    *,
    first: Callable[[int, int, int], Ids] = lambda end, user, storyteller: [end, user],
    between: Callable[[int, int, int], Ids] = lambda end, user, storyteller: [storyteller],
    last: Callable[[int, int, int], Ids] = lambda end, user, storyteller: [end],
    open_end: Callable[[int, int, int], Ids] = lambda end, user, storyteller: [],
) -> Callable[[Ids, Ids | None, int, int, int], Ids]:
    """`chat_ids` with other special tokens at one of its places; open_end: after a prompt without an answer."""

    def mutant(request: Ids, answer: Ids | None, end: int, user: int, storyteller: int) -> Ids:
        special = (end, user, storyteller)
        prompt = [*first(*special), *request, *between(*special)]
        return [*prompt, *open_end(*special)] if answer is None else [*prompt, *answer, *last(*special)]

    return mutant


def chat_cases(generator: torch.Generator) -> list[Case]:
    """With an answer, without one, with an empty one; then drawn ones."""

    def case(request: Ids, answer: Ids | None) -> Case:
        what = "no answer yet" if answer is None else f"an answer of {len(answer)} tokens"
        return Case((request, answer, 90, 91, 92), label=f"a request of {len(request)} tokens and {what}")

    n, m = drawn_size(generator, 3, 8), drawn_size(generator, 3, 8)
    return [
        case([5, 6], [7, 8, 9]),
        case([5, 6], None),
        case([5], []),
        case(drawn_ids(generator, n), drawn_ids(generator, m)),
        case(drawn_ids(generator, m), None),
    ]


EXERCISE = Exercise(
    name="chat_ids",
    reference=chat_ids,
    variants=VARIANTS,
    cases=chat_cases,
    misconceptions=(
        Misconception(
            "no end",
            ids_with(last=lambda end, user, storyteller: []),
            "The answer must end with the token end. Without it the model never learns to stop.",
        ),
        Misconception(
            "an end after an open prompt",
            ids_with(open_end=lambda end, user, storyteller: [end]),
            "Without an answer the row stops after the token storyteller: the model goes on from there.",
        ),
        Misconception(
            "no beginning",
            ids_with(first=lambda end, user, storyteller: [user]),
            "A text begins with the token end, as all texts did in training.",
        ),
        Misconception(
            "nobody asks",
            ids_with(first=lambda end, user, storyteller: [end]),
            "The token user stands before the request.",
        ),
        Misconception(
            "nobody answers",
            ids_with(between=lambda end, user, storyteller: []),
            "The token storyteller stands after the request. Without it the model cannot know that it is its turn.",
        ),
        Misconception(
            "speakers swapped",
            lambda request, answer, end, user, storyteller: chat_ids(request, answer, end, storyteller, user),
            "The user asks, the storyteller answers: you have them the other way round.",
        ),
        Misconception(
            "an end between request and answer",
            ids_with(between=lambda end, user, storyteller: [end, storyteller]),
            "There is no end between request and answer: the end means that the text is over.",
        ),
        Misconception(
            "a prompt without its last token",
            lambda request, answer, end, user, storyteller: chat_ids(request, answer, end, user, storyteller)[
                : None if answer is not None else -1
            ],
            "A prompt without an answer must end as it does in training: with the token storyteller.",
        ),
        Misconception(
            "the storyteller once more at the end",
            ids_with(last=lambda end, user, storyteller: [end, storyteller]),
            "After the last end nothing follows.",
        ),
        Misconception(
            "an empty answer taken for none",
            lambda request, answer, end, user, storyteller: chat_ids(request, answer or None, end, user, storyteller),
            "An empty answer is an answer, and ends: ask `answer is None`, not whether it is empty.",
        ),
        Misconception(
            "closed with the user",
            ids_with(last=lambda end, user, storyteller: [user]),
            "The answer ends with the token end, not with the next speaker.",
        ),
    ),
    hints=(
        "There are two cases: a prompt, and a prompt with an answer. The second begins as the first.",
        "prompt = [end, user, *request, storyteller]",
        "return prompt if answer is None else [*prompt, *answer, end]",
    ),
    review="lesson 16, 'Who is speaking?'",
)
