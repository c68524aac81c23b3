"""Exercise 2 of lesson 04: merge the heads."""

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.multi_head_attention.layouts import draw, reshape_straight
from course_lib.checks.multi_head_attention.slots.merge_heads import VARIANTS
from course_lib.multi_head_attention import merge_heads, split_heads


def view_of_transposed(x: Tensor) -> Tensor:
    """Transposed back, then `view`, for which the memory is in the wrong order."""
    B, H, T, D = x.shape
    return x.transpose(1, 2).view(B, T, H * D)


def heads_interleaved(x: Tensor) -> Tensor:
    """Channel 0 of every head, then channel 1 of every head, …"""
    return x.permute(0, 2, 3, 1).flatten(2)


def heads_added(x: Tensor) -> Tensor:
    """(B, T, D): the sum of the heads."""
    return x.sum(dim=1)


def heads_in_line(x: Tensor) -> Tensor:
    """(B, H·T, D): the heads one after another along the tokens."""
    return x.flatten(1, 2)


def merge_cases(generator: torch.Generator) -> list[Case]:
    """What splitting gives by hand, in memory order; then other shapes, also as a transposed view."""
    by_hand = torch.tensor([[[[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]], [[2.0, 3.0], [12.0, 13.0], [22.0, 23.0]]]])
    return [
        Case((by_hand,), label="2 heads, 3 tokens, width 2; tens name the token, ones the channel"),
        Case((torch.randn(2, 3, 5, 4, generator=generator),), label="B = 2, 3 heads, T = 5, D = 4"),
        Case((torch.randn(2, 2, 1, 3, generator=generator),), label="a single token"),
        Case((torch.randn(2, 1, 4, 6, generator=generator),), label="one head"),
        Case((torch.randn(2, 5, 3, 4, generator=generator).transpose(1, 2),), label="a transposed view"),
        Case((torch.randn(1, 3, 4, 5, generator=generator),), label="a batch of one"),
        *(
            Case((torch.randn(shape, generator=generator),), label=f"heads of shape {tuple(shape)}")
            for shape in ([draw(generator, low, low + 3) for low in (2, 6, 3, 8)] for _ in range(2))
        ),
    ]


def merging_undoes_splitting(call: Call, generator: torch.Generator) -> None:
    """merge(split(x)) is x."""
    x = torch.randn(2, 7, 6, generator=generator)
    if not torch.equal(call(split_heads(x, 3).contiguous()), x):
        raise Failed("split x of shape (2, 7, 6) into 3 heads, merge them: you should get x back, number for number")


EXERCISE = Exercise(
    name="merge_heads",
    reference=merge_heads,
    variants=VARIANTS,
    cases=merge_cases,
    properties=(Property("merging undoes splitting", merging_undoes_splitting),),
    misconceptions=(
        Misconception(
            "reshape without transposing back",
            reshape_straight,
            "The shape is right and the tokens are mixed: reading (B, H, T, D) in order gives all tokens of head 0 "
            "first. Transpose H and T before you reshape.",
        ),
        Misconception(
            "view on transposed memory",
            view_of_transposed,
            "After transpose the numbers lie in memory in another order than they are read, and view may not move "
            "them. Use reshape, or contiguous() before view.",
        ),
        Misconception(
            "channels of the heads interleaved",
            heads_interleaved,
            "Put head 0's D channels first, then head 1's: the last two dimensions must be (H, D) before they "
            "become one, and yours were (D, H).",
        ),
        Misconception(
            "heads added up",
            heads_added,
            "The heads stand side by side, H·D = C channels for each token; the output projection mixes them.",
        ),
        Misconception(
            "heads in line along the tokens",
            heads_in_line,
            "You return (B, H·T, D). The heads belong beside one another in the last dimension: (B, T, H·D).",
        ),
        Misconception(
            "only the first of the batch",
            lambda x: merge_heads(x)[:1],
            "Only the first text of the batch comes back: you took the heads of x[0].",
        ),
        Misconception(
            "batch and tokens in one dimension",
            lambda x: merge_heads(x).flatten(0, 1),
            "You return (B·T, C). Keep batch and tokens apart: (B, T, C).",
        ),
        Misconception(
            "the wrong dimensions transposed",
            lambda x: reshape_straight(x.transpose(2, 3).reshape(x.shape)),
            "You exchanged T and D. H and T, the dimensions 1 and 2, must change places before the heads are joined.",
        ),
        Misconception(
            "the mean of the heads",
            lambda x: x.mean(dim=1),
            "The heads stand side by side, H·D = C channels for each token; nothing is averaged.",
        ),
        Misconception(
            "only the first head",
            lambda x: x[:, 0],
            "Only head 0 comes back. All heads stand side by side: (B, T, H·D).",
        ),
        Misconception(
            "transposed, and not joined",
            lambda x: x.transpose(1, 2),
            "You return (B, T, H, D). Join the last two dimensions: flatten(2), or reshape(B, T, H * D).",
        ),
    ),
    hints=(
        "Undo the two steps of split_heads in the opposite order.",
        "(B, H, T, D) -> (B, T, H, D), then join the last two dimensions. Which of view and reshape may copy?",
        "x.transpose(1, 2).reshape(B, T, H * D)",
    ),
    review="lesson 04, 'And back: memory has an order'",
)
