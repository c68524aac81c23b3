"""Lesson 02, exercise 2: the shift by one."""

import torch
from torch import Tensor, nn

from course_lib.checks.data.inputs import draw
from course_lib.checks.data.slots.shift_by_one import VARIANTS
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.data import shift_by_one


def shift_cases(generator: torch.Generator) -> list[Case]:
    """A stream to look at, the shortest, and a batch of windows."""
    B, T = draw(2, 6, generator), draw(4, 12, generator)
    return [
        Case((torch.tensor([10, 11, 12, 13]),), label="4 tokens"),
        Case((torch.tensor([3, 1]),), label="2 tokens, the fewest there can be"),
        Case((torch.tensor([[1, 2, 3], [7, 8, 9]]),), label="a batch of 2 windows of 3 tokens"),
        Case((torch.randint(1_000, (B, T), generator=generator),), label=f"a batch of {B} windows of {T} tokens"),
        Case((torch.randint(1_000, (T,), generator=generator),), label=f"{T} tokens"),
    ]


def rolled(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Keeps all tokens of x, so that the last target is the first token."""
    return tokens, tokens.roll(-1, dims=-1)


EXERCISE = Exercise(
    name="shift_by_one",
    reference=shift_by_one,
    variants=VARIANTS,
    cases=shift_cases,
    misconceptions=(
        Misconception(
            "not shifted",
            lambda tokens: (tokens[..., :-1], tokens[..., :-1]),
            "Your y is x. A model that may look at x[t] would only have to copy it, and its loss would fall to "
            "zero without it learning anything. y[t] must be the token after x[t].",
        ),
        Misconception(
            "shifted the wrong way",
            lambda tokens: (tokens[..., 1:], tokens[..., :-1]),
            "Your y[t] is the token before x[t], so the model would learn to write backwards. Exchange the two.",
        ),
        Misconception(
            "rolled around",
            rolled,
            "`roll` keeps all tokens, so after the last one comes the first one again. Nothing follows the last "
            "token: it can only be a target, and x and y have one token fewer than the stream.",
        ),
        Misconception(
            "sliced along the first dimension",
            lambda tokens: (tokens[:-1], tokens[1:]),
            "You slice the first dimension. In a batch this is the windows: y became the next window instead of "
            "the next token. Slice the last dimension, `tokens[..., :-1]`.",
        ),
        Misconception(
            "x longer than y",
            lambda tokens: (tokens, tokens[..., 1:]),
            "Your x still holds the last token, for which there is no target. x and y must have the same length.",
        ),
        Misconception(
            "y longer than x",
            lambda tokens: (tokens[..., :-1], tokens),
            "Your y is all tokens, so y[t] is x[t] itself. y begins one token later: tokens[..., 1:].",
        ),
        Misconception(
            "shifted by two",
            lambda tokens: (tokens[..., :-2], tokens[..., 2:]),
            "Your y[t] is the token after the next. The shift is by one: tokens[..., :-1] and tokens[..., 1:].",
        ),
        Misconception(
            "written for a batch only",
            lambda tokens: (tokens[:, :-1], tokens[:, 1:]),
            "`tokens[:, 1:]` wants two dimensions, and a single stream has one. `tokens[..., 1:]` fits both.",
        ),
        Misconception(
            "a target made up for the last token",
            lambda tokens: (tokens, nn.functional.pad(tokens[..., 1:], (0, 1))),
            "You kept the last token in x and made up a 0 as its target, which the model would learn to write. Leave "
            "out what has no target.",
        ),
        Misconception(
            "the batch laid flat",
            lambda tokens: shift_by_one(tokens.flatten()),
            "You laid the windows end to end, so the last token of one is followed by the first of the next. Keep the "
            "rows: slice the last dimension, `tokens[..., :-1]`.",
        ),
    ),
    hints=(
        "Write four tokens on paper and below each the token that follows it. Which token has nothing below it?",
        "x is all tokens but the last, y all tokens but the first. `...` in an index stands for all dimensions before.",
        "`tokens[..., :-1]` and `tokens[..., 1:]`.",
    ),
    review="lesson 02, section 9, 'Windows'",
)
