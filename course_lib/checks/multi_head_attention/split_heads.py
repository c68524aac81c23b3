"""Exercise 1 of lesson 04: split the channels into heads."""

import re

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.multi_head_attention.layouts import draw, heads_left_behind, view_straight
from course_lib.checks.multi_head_attention.slots.split_heads import VARIANTS
from course_lib.multi_head_attention import split_heads


def every_hth_channel(x: Tensor, n_head: int) -> Tensor:
    """Head h takes the channels h, h + H, h + 2H, …"""
    B, T, C = x.shape
    return x.reshape(B, T, C // n_head, n_head).permute(0, 3, 1, 2)


def width_for_number(x: Tensor, n_head: int) -> Tensor:
    """C / n_head heads of width n_head."""
    return split_heads(x, x.shape[-1] // n_head)


def width_before_tokens(x: Tensor, n_head: int) -> Tensor:
    """(B, H, D, T): the last two dimensions the other way round."""
    return split_heads(x, n_head).transpose(2, 3)


def split_cases(generator: torch.Generator) -> list[Case]:
    """Numbers that name their token and channel first; then shapes in which no two dimensions agree, or some do."""
    by_hand = torch.tensor([[[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0], [20.0, 21.0, 22.0, 23.0]]])

    def drawn(B: int, T: int, H: int, D: int) -> Case:
        x = torch.randn(B, T, H * D, generator=generator)
        return Case((x, H), label=f"B = {B}, T = {T}, C = {H * D}, {H} heads")

    loose = torch.randn(2, 5, 12, generator=generator)[:, 1:].transpose(0, 1)
    return [
        Case((by_hand, 2), label="3 tokens, 4 channels, 2 heads; tens name the token, ones the channel"),
        drawn(2, 5, 3, 4),
        drawn(3, 1, 2, 3),
        drawn(2, 4, 1, 6),
        Case((loose, 4), label="not contiguous in memory"),
        *(drawn(*(draw(generator, low, low + 3) for low in (2, 6, 3, 8))) for _ in range(draw(generator, 1, 2))),
    ]


def unequal_heads_are_refused(call: Call, generator: torch.Generator) -> None:
    """A ValueError, and no other, that names both numbers: 10 channels do not make 4 heads."""
    n_head = draw(generator, 4, 9)
    C = n_head * draw(generator, 2, 9) + draw(generator, 1, n_head - 1)
    wanted = f"{C} channels cannot be cut into {n_head} equal heads"
    try:
        result = call(torch.randn(1, 2, C, generator=generator), n_head)
    except Failed as failure:
        _, _, message = str(failure).partition("raised ValueError")
        if not message:
            raise Failed(f"{wanted}: raise a ValueError. For now {failure}") from None
        missing = [str(number) for number in (C, n_head) if not re.search(rf"(?<!\d){number}(?!\d)", message)]
        if missing:
            raise Failed(f"{wanted}: the message should name both numbers, and has no {missing[0]}{message}") from None
        return
    raise Failed(f"{wanted}, but your code gave a result of {tuple(result.shape)}")


EXERCISE = Exercise(
    name="split_heads",
    reference=split_heads,
    variants=VARIANTS,
    cases=split_cases,
    properties=(Property("refuses a width that cannot be cut into equal heads", unequal_heads_are_refused),),
    misconceptions=(
        Misconception(
            "view without transpose",
            view_straight,
            "view never moves a number: it fills the new shape in reading order, so your head 0 holds whole "
            "tokens. Cut the last dimension first, (B, T, H, D), then transpose T and H.",
        ),
        Misconception(
            "the heads left behind the tokens",
            heads_left_behind,
            "You return (B, T, H, D). Attention works on the last two dimensions, so they must be T and D: "
            "transpose dimensions 1 and 2.",
        ),
        Misconception(
            "heads take turns at the channels",
            every_hth_channel,
            "A head is a block of D neighbouring channels: view as (…, H, D), not as (…, D, H).",
        ),
        Misconception(
            "number and width of the heads exchanged",
            width_for_number,
            "n_head is how many heads there are; the width of each is C // n_head.",
        ),
        Misconception(
            "width before tokens",
            width_before_tokens,
            "You return (B, H, D, T). Within a head each token is a row: (B, H, T, D).",
        ),
        Misconception(
            "the heads before the batch",
            lambda x, n_head: split_heads(x, n_head).transpose(0, 1),
            "You return (H, B, T, D), as stacking the heads along dimension 0 does. The batch stays in front: "
            "stack along dim=1.",
        ),
        Misconception(
            "batch and heads in one dimension",
            lambda x, n_head: split_heads(x, n_head).flatten(0, 1),
            "You return (B·H, T, D). Keep batch and heads apart: (B, H, T, D).",
        ),
        Misconception(
            "every H-th channel, left behind the tokens",
            lambda x, n_head: every_hth_channel(x, n_head).transpose(1, 2),
            "A head is a block of D neighbouring channels, and the heads stand beside the batch: view as "
            "(B, T, H, D), then transpose(1, 2).",
        ),
        Misconception(
            "view as (B, T, D, H)",
            lambda x, n_head: x.unflatten(-1, (x.shape[-1] // n_head, n_head)),
            "You return (B, T, D, H). A head is a block of D neighbouring channels, and the heads stand beside the "
            "batch: view as (B, T, H, D), then transpose(1, 2).",
        ),
        Misconception(
            "a list of heads",
            lambda x, n_head: [head.contiguous() for head in split_heads(x, n_head).unbind(1)],
            "These are the heads in a list. Stack them along dim=1: (B, H, T, D).",
        ),
        Misconception(
            "tokens and channels exchanged before the cut",
            lambda x, n_head: x.transpose(1, 2).reshape(x.shape[0], n_head, x.shape[1], -1),
            "After transpose(1, 2) the rows are channels, and cutting them in reading order mixes tokens and "
            "channels. Cut the last dimension first, (B, T, H, D), then exchange T and H.",
        ),
    ),
    hints=(
        "Two steps: cut the last dimension in two, then change the order of two dimensions.",
        "view can cut (B, T, C) into (B, T, n_head, C // n_head); transpose(1, 2) exchanges T and the heads.",
        "x.view(B, T, n_head, C // n_head).transpose(1, 2), after an `if C % n_head: raise ValueError(...)`",
    ),
    review="lesson 04, 'Cutting into heads'",
)
