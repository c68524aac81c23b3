"""Exercise 1 of lesson 04: split the channels into heads."""

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.multi_head_attention.layouts import heads_left_behind, view_straight
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
    return [
        Case((by_hand, 2), label="3 tokens, 4 channels, 2 heads; tens name the token, ones the channel"),
        Case((torch.randn(2, 5, 12, generator=generator), 3), label="B = 2, T = 5, C = 12, 3 heads"),
        Case((torch.randn(3, 1, 6, generator=generator), 2), label="a single token"),
        Case((torch.randn(2, 4, 6, generator=generator), 1), label="one head"),
        Case((torch.randn(2, 5, 12, generator=generator)[:, 1:].transpose(0, 1), 4), label="not contiguous in memory"),
    ]


def unequal_heads_are_refused(call: Call, generator: torch.Generator) -> None:
    """A ValueError, and no other: 10 channels do not make 4 heads."""
    x = torch.randn(1, 2, 10, generator=generator)
    try:
        result = call(x, 4)
    except Failed as failure:
        if "raised ValueError" in str(failure):
            return
        raise Failed(f"10 channels cannot be cut into 4 equal heads: raise a ValueError. For now {failure}") from None
    raise Failed(f"10 channels cannot be cut into 4 equal heads, but your code gave a result of {tuple(result.shape)}")


EXERCISE = Exercise(
    name="split_heads",
    reference=split_heads,
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
    ),
    hints=(
        "Two steps: cut the last dimension in two, then change the order of two dimensions.",
        "view can cut (B, T, C) into (B, T, n_head, C // n_head); transpose(1, 2) exchanges T and the heads.",
        "x.view(B, T, n_head, C // n_head).transpose(1, 2), after an `if C % n_head: raise ValueError(...)`",
    ),
    review="lesson 04, 'Cutting into heads'",
)
