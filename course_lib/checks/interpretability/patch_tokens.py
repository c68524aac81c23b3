"""Lesson 20, exercise 4: activation patching."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn, drawn_size
from course_lib.checks.interpretability.slots.patch_tokens import VARIANTS

Run = Callable[[Tensor], Tensor]  # a stream (T, C) -> one number


def patch_tokens(run: Run, source: Tensor, target: Tensor) -> Tensor:
    """For each token the answer of the target run in which this token's vector is the source's: (T,)."""
    return patch_with(lambda patched, source, t: source[t])(run, source, target)


def patch_with(
    value: Callable[[Tensor, Tensor, int], Tensor],
    where: Callable[[int], Any] = lambda t: t,
    after: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda answers, of_source, of_target: answers,
    kept: bool = False,
) -> Callable[[Run, Tensor, Tensor], Tensor]:
    """`patch_tokens` that puts value(stream, source, t) at where(t).

    after: what is made of the answers, given those of the two runs.   kept: a patch stays for the next tokens.
    """

    def mutant(run: Run, source: Tensor, target: Tensor) -> Tensor:
        answers = []
        stream = target.clone()
        for t in range(len(target)):
            stream = stream if kept else target.clone()
            stream[where(t)] = value(stream, source, t)
            answers.append(run(stream))
        return after(torch.stack(answers), run(source), run(target))

    return mutant


def swapped(run: Run, source: Tensor, target: Tensor) -> Tensor:
    """The source run, with the target's vectors."""
    return patch_tokens(run, target, source)


def patch_cases(generator: torch.Generator) -> list[Case]:
    """Two texts of two tokens, of which one is the same; then drawn ones."""

    def case(T: int, C: int, label: str) -> Case:
        return Case((drawn(generator, T, C), drawn(generator, T, C), drawn(generator, T, C)), label=label)

    reader, source = drawn(generator, 3, 2), drawn(generator, 3, 2)
    one_differs = source.clone()
    one_differs[1] += 1
    T = drawn_size(generator, 4, 6)
    return [
        Case((reader, source, one_differs), label="3 tokens, C = 2; the streams differ at token 1 only"),
        case(2, 3, "2 tokens, C = 3"),
        case(T, 4, f"{T} tokens, C = 4"),
    ]


EXERCISE = Exercise(
    name="patch_tokens",
    reference=patch_tokens,
    variants=VARIANTS,
    cases=patch_cases,
    drive=drive.call_with_run,
    forbidden=("course_lib.interpretability.patch_stream",),
    misconceptions=(
        Misconception(
            "source and target swapped",
            swapped,
            "You change the source run, so that all tokens but one are the source's. Change the target, at one token.",
        ),
        Misconception(
            "all tokens patched",
            patch_with(lambda stream, source, t: source, where=lambda t: slice(None)),
            "You patch every token at once, and so only run the source again. Patch one token at a time.",
        ),
        Misconception(
            "patches that stay",
            patch_with(lambda stream, source, t: source[t], kept=True),
            "The patches of the tokens before are still there. Begin with a fresh copy, target.clone(), each time, "
            "and change "
            "the vector at `t` only.",
        ),
        Misconception(
            "from the token on",
            patch_with(lambda stream, source, t: source[t:], where=lambda t: slice(t, None)),
            "You patch this token and all behind it. Only this one.",
        ),
        Misconception(
            "all before the token",
            patch_with(lambda stream, source, t: source[:t], where=lambda t: slice(t)),
            "You patch the tokens before this one. Only token t itself: stream[t] = source[t].",
        ),
        Misconception(
            "one answer",
            lambda run, source, target: patch_tokens(run, source, target)[-1],
            "You return one answer. There is one for each token.",
        ),
        Misconception(
            "added",
            patch_with(lambda stream, source, t: stream[t] + source[t]),
            "You add the source's vector. Patching puts it in the place of the target's.",
        ),
        Misconception(
            "the mean of both",
            patch_with(lambda stream, source, t: (stream[t] + source[t]) / 2),
            "You take the mean of the two vectors. The source's alone goes in.",
        ),
        Misconception(
            "zeros",
            patch_with(lambda stream, source, t: torch.zeros_like(source[t])),
            "You put zeros there, which is ablation. In patching the vector of the source run goes in.",
        ),
        Misconception(
            "only the first coordinate",
            patch_with(lambda stream, source, t: source[t, 0], where=lambda t: (t, 0)),
            "You patch one number. The whole vector of the token goes in: stream[t] = source[t].",
        ),
        Misconception(
            "always the last token",
            patch_with(lambda stream, source, t: source[-1], where=lambda t: -1),
            "You patch the last token each time. Token t is patched for answer t.",
        ),
        Misconception(
            "the token's neighbour",
            patch_with(lambda stream, source, t: source[t - 1]),
            "You put the source's vector of another token there. Position t gets the source's position t.",
        ),
        Misconception(
            "the change returned",
            patch_with(
                lambda stream, source, t: source[t], after=lambda answers, of_source, of_target: answers - of_target
            ),
            "You subtract the target's answer. Asked for are the answers of the patched runs themselves.",
        ),
        Misconception(
            "the share returned",
            patch_with(
                lambda stream, source, t: source[t],
                after=lambda answers, of_source, of_target: (answers - of_target) / (of_source - of_target),
            ),
            "You return the share of the way. Asked for are the answers of the patched runs themselves.",
        ),
        Misconception(
            "nothing patched",
            patch_with(lambda stream, source, t: stream[t]),
            "Every answer is that of the target: your patch does not reach the run. Give the changed copy to `run`.",
        ),
    ),
    hints=(
        "How many runs are there? One for each token, and each begins with the target's stream as it was.",
        "patched = target.clone(); patched[t] = source[t]; then run(patched). Without clone() the patches stay.",
        "Collect run(patched) for t in range(len(target)) and return torch.stack(answers).",
    ),
    review="lesson 20, 'Patching: change one thing and nothing else'",
)
