"""Exercise 5 of lesson 04: mend the split of q, k and v."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.multi_head_attention.layouts import (
    chunk_then_split,
    cut_along_batch,
    draw,
    parts_inside_heads,
    view_straight,
)
from course_lib.checks.multi_head_attention.slots.split_qkv import VARIANTS


def heads_as_tokens(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The right axis cut, the heads still behind the tokens: each (B, T, H, D)."""
    return tuple(part.transpose(1, 2) for part in chunk_then_split(qkv, n_head))


def axis_of_one_left(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """`transpose(1, 2).chunk(3, dim=1)`: each (B, 1, T, H, D)."""
    return tuple(part.unsqueeze(1) for part in heads_as_tokens(qkv, n_head))


def axis_of_one_and_heads(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The heads in place, and an axis of size one left: each (B, 1, H, T, D)."""
    return tuple(part.unsqueeze(1) for part in chunk_then_split(qkv, n_head))


def thirds_of_each_head(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """(B, T, H, 3C/H) cut along its last dimension: q, k, v taken from the wrong channels."""
    return parts_inside_heads(qkv, n_head)


def view_before_tokens(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """`view(B, 3, H, T, D)` at once: the shape that was wanted, of numbers in the wrong order."""
    B, T, C3 = qkv.shape
    return qkv.reshape(B, 3, n_head, T, C3 // 3 // n_head).unbind(dim=1)


def in_order(*parts: int) -> Callable[[Tensor, int], tuple[Tensor, ...]]:
    """The three parts in another order."""
    return lambda qkv, n_head: tuple(chunk_then_split(qkv, n_head)[part] for part in parts)


def every_hth_channel(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """(B, T, 3, D, H): head h has the channels h, h + H, …"""
    B, T, C3 = qkv.shape
    return qkv.reshape(B, T, 3, C3 // 3 // n_head, n_head).permute(2, 0, 4, 1, 3).unbind(0)


def keys_transposed(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The keys as the scores will want them: (B, H, D, T)."""
    q, k, v = chunk_then_split(qkv, n_head)
    return q, k.transpose(2, 3), v


def queries_scaled(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The queries over √D."""
    q, k, v = chunk_then_split(qkv, n_head)
    return q / q.shape[-1] ** 0.5, k, v


def qkv_cases(generator: torch.Generator) -> list[Case]:
    """Numbers that can be read; then batches that can be cut into three, and one that cannot."""
    by_hand = torch.arange(12.0).view(1, 2, 6)

    def drawn() -> Case:
        B, T, H, D = (draw(generator, low, low + 3) for low in (2, 6, 3, 8))
        qkv = torch.randn(B, T, 3 * H * D, generator=generator)
        return Case((qkv, H), label=f"B = {B}, T = {T}, C = {H * D}, {H} heads")

    return [
        Case((by_hand, 2), label="2 tokens, C = 2, 2 heads of width 1"),
        Case((torch.randn(3, 4, 18, generator=generator), 3), label="B = 3, T = 4, C = 6, 3 heads"),
        Case((torch.randn(6, 5, 24, generator=generator), 2), label="B = 6, T = 5, C = 8, 2 heads"),
        Case((torch.randn(4, 3, 12, generator=generator), 1), label="B = 4, T = 3, C = 4, one head"),
        *(drawn() for _ in range(draw(generator, 1, 2))),
    ]


EXERCISE = Exercise(
    name="split_qkv",
    reference=chunk_then_split,
    variants=VARIANTS,
    cases=qkv_cases,
    misconceptions=(
        Misconception(
            "the batch cut in three",
            cut_along_batch,
            "chunk(3) cuts dimension 0, which is the batch. The three that you want to separate stand elsewhere: "
            "follow the shapes.",
        ),
        Misconception(
            "an axis of size one, and the heads behind the tokens",
            axis_of_one_left,
            "chunk(3, dim=1) cuts the right axis but keeps it, with size 1: (B, 1, T, H, D). unbind removes it; "
            "and the heads still stand behind the tokens.",
        ),
        Misconception(
            "an axis of size one left",
            axis_of_one_and_heads,
            "chunk keeps the axis that it cuts, with size 1. Use unbind, or remove it with squeeze.",
        ),
        Misconception(
            "the heads left behind the tokens",
            heads_as_tokens,
            "The right axis is cut, but you return (B, T, H, D): attention would run over the heads. Bring H in "
            "front of T.",
        ),
        Misconception(
            "thirds of each head",
            thirds_of_each_head,
            "The channels are (3, H, D) in this order: all queries, all keys, all values. You read them as (H, 3, D).",
        ),
        Misconception(
            "view straight into the wanted shape",
            view_before_tokens,
            "view(B, 3, H, T, D) moves nothing: it cuts the numbers in reading order, tokens and channels mixed. "
            "Cut the channels with view, then change the order with transpose or permute.",
        ),
        Misconception(
            "queries and keys exchanged",
            in_order(1, 0, 2),
            "The channels are all queries, then all keys, then all values. Your first part is the keys.",
        ),
        Misconception(
            "keys and values exchanged",
            in_order(0, 2, 1),
            "The channels are all queries, then all keys, then all values. Your second part is the values.",
        ),
        Misconception(
            "queries and values exchanged",
            in_order(2, 1, 0),
            "The channels are all queries, then all keys, then all values. Your first part is the values.",
        ),
        Misconception(
            "width before tokens",
            lambda qkv, n_head: tuple(part.transpose(2, 3) for part in chunk_then_split(qkv, n_head)),
            "You return (B, H, D, T). Within a head each token is a row: (B, H, T, D).",
        ),
        Misconception(
            "q, k, v take turns at the channels",
            lambda qkv, n_head: tuple(
                chunk_then_split(qkv[..., part::3].repeat(1, 1, 3), n_head)[0] for part in range(3)
            ),
            "The channels are (3, H, D) in this order: all queries, all keys, all values. They do not take turns.",
        ),
        Misconception(
            "the heads take turns at the channels",
            every_hth_channel,
            "The channels are (3, H, D) in this order: a head is a block of D neighbours. You read them as (3, D, H).",
        ),
        Misconception(
            "not cut into heads",
            lambda qkv, n_head: qkv.chunk(3, dim=-1),
            "The three parts are right, but each is still (B, T, C). Cut each into heads: (B, H, T, D).",
        ),
        Misconception(
            "one tensor for all three",
            lambda qkv, n_head: torch.stack(chunk_then_split(qkv, n_head)),
            "This is one tensor with the three in front. Return three: unbind(0).",
        ),
        Misconception(
            "each part viewed straight into heads",
            lambda qkv, n_head: tuple(view_straight(part, n_head) for part in qkv.chunk(3, dim=-1)),
            "The three parts are right, but view(B, H, T, D) moves nothing: tokens and channels are mixed. View each "
            "as (B, T, H, D), then transpose T and H.",
        ),
        Misconception(
            "the 3 in front of the batch",
            lambda qkv, n_head: tuple(qkv.reshape(3, *qkv.shape[:2], n_head, -1).transpose(2, 3)),
            "view(3, B, T, H, D) moves nothing: its first part is the first third of all numbers, whatever they are. "
            "Queries, keys and values stand side by side in the last dimension: cut that one, then permute.",
        ),
        Misconception(
            "keys transposed already",
            keys_transposed,
            "Your keys are (B, H, D, T). Transposing them is the attention's work: return all three as (B, H, T, D).",
        ),
        Misconception(
            "queries scaled already",
            queries_scaled,
            "You divide the queries by √D. The attention does that: here nothing is computed, only cut.",
        ),
    ),
    hints=(
        "Write the shape below every step. What are the last two dimensions of q, and so, what attends to what?",
        "(B, T, 3, H, D) needs two changes: the 3 must go away by unbind, and T and H must change places.",
        "qkv.view(B, T, 3, n_head, C // n_head).permute(2, 0, 3, 1, 4).unbind(0); or chunk(3, dim=-1) first.",
    ),
    review="lesson 04, 'A mistake that people really make'",
)
