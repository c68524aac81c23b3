"""Exercise 8 of lesson 10 (debug): attention after a cache."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.llama.inputs import drawn_size
from course_lib.llama import (
    apply_rope,
    precompute_rope,
)


def attend_with(
    *,
    positions: Callable[[int, int], slice] = lambda past, new: slice(past, past + new),
    query_positions: Callable[[int, int], slice] | None = None,
    turn_queries: bool = True,
    turn_keys: bool = True,
    turn_past: bool = False,
    join: Callable[[Tensor, Tensor], Tensor] = lambda past, new: torch.cat([past, new], dim=2),
    diagonal: Callable[[int, int], int] = lambda past, new: past,
    inverted: bool = False,
    scale: float | None = None,
) -> Callable[..., Tensor]:
    """`attend_after` with one of its steps replaced. diagonal: up to which each new token may look."""

    def mutant(q: Tensor, k: Tensor, v: Tensor, past_k: Tensor, past_v: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        past, new = past_k.shape[2], q.shape[2]
        here = positions(past, new)
        theirs = query_positions(past, new) if query_positions else here
        q = apply_rope(q, cos[theirs], sin[theirs]) if turn_queries else q
        k = apply_rope(k, cos[here], sin[here]) if turn_keys else k
        past_k = apply_rope(past_k, cos[:past], sin[:past]) if turn_past else past_k
        mask = torch.ones(new, past + new, dtype=torch.bool).tril(diagonal=diagonal(past, new))
        k, v, mask = join(past_k, k), join(past_v, v), mask ^ inverted
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)

    return mutant


attend_after = attend_with()


def from_zero(past: int, new: int) -> slice:
    """Positions as if there were no past."""
    return slice(0, new)


def top_left(past: int, new: int) -> int:
    """What is_causal=True means where there are more keys than queries."""
    return 0


def attend_cases(generator: torch.Generator) -> list[Case]:
    """No past, one new token, several new tokens."""
    cos, sin = precompute_rope(4, 16, theta=20.0)

    def drawn(B: int, past: int, new: int, label: str) -> Case:
        q, k, v = torch.randn(3, B, 2, new, 4, generator=generator) * 1.5
        past_k, past_v = torch.randn(2, B, 2, past, 4, generator=generator) * 1.5
        return Case((q, k, v, past_k, past_v, cos, sin), label=label)

    past, new = drawn_size(generator, 5, 9), drawn_size(generator, 2, 6)
    return [
        drawn(1, 0, 2, "nothing in the past, two new tokens"),
        drawn(1, 3, 1, "three tokens in the past, one new"),
        drawn(2, 4, 3, "four tokens in the past, three new"),
        drawn(drawn_size(generator, 1, 3), past, new, f"{past} tokens in the past, {new} new"),
    ]


def in_pieces_as_in_one(call: Call, generator: torch.Generator) -> None:
    """Two calls with a cache give what one without gives."""
    cos, sin = precompute_rope(4, 16, theta=20.0)
    q, k, v = torch.randn(3, 1, 2, 6, 4, generator=generator)
    nothing = torch.empty(1, 2, 0, 4)
    whole = call(q, k, v, nothing, nothing, cos, sin)
    past_k = apply_rope(k[:, :, :4], cos[:4], sin[:4])
    rest = call(q[:, :, 4:], k[:, :, 4:], v[:, :, 4:], past_k, v[:, :, :4], cos, sin)
    if not torch.allclose(whole[:, :, 4:], rest, atol=1e-5):
        raise Failed("tokens 4 and 5 of a text, given after the other four, should come out as in one pass; they don't")


EXERCISE = Exercise(
    name="attend_after",
    reference=attend_after,
    cases=attend_cases,
    properties=(Property("in pieces it gives what it gives in one pass", in_pieces_as_in_one),),
    misconceptions=(
        Misconception(
            "both mistakes still there",
            attend_with(positions=from_zero, diagonal=top_left),
            "The new tokens are turned as if they stood at the beginning, and is_causal lets the first of them see "
            "the first key only.",
        ),
        Misconception(
            "positions from zero",
            attend_with(positions=from_zero),
            "The mask is right. But the first new token stands at position past_k.shape[2], not at 0.",
        ),
        Misconception(
            "mask of a text without a past",
            attend_with(diagonal=top_left),
            "The positions are right. But is_causal=True counts from the top left: new token 0 sees key 0 only. "
            "Each must see the whole past and the new ones up to itself.",
        ),
        Misconception(
            "no mask",
            attend_with(diagonal=lambda past, new: past + new),
            "One new token may see everything. Of several, each may see only the new ones up to itself.",
        ),
        Misconception(
            "one position too far",
            attend_with(positions=lambda past, new: slice(past + 1, past + new + 1)),
            "With n tokens in the past, positions 0 … n − 1 are taken, so the first new token stands at n.",
        ),
        Misconception(
            "the past turned again",
            attend_with(turn_past=True),
            "The keys in the cache were turned when they came. Turned twice, they stand twice as far away.",
        ),
        Misconception(
            "new keys not turned",
            attend_with(turn_keys=False),
            "Queries and new keys are both turned; only then do scores depend on distances.",
        ),
        Misconception(
            "the last rows of the table",
            attend_with(positions=lambda past, new: slice(-new, None)),
            "cos[-T:] are the last positions that the table has. The new tokens stand right after the past: from "
            "past_k.shape[2] on.",
        ),
        Misconception(
            "new keys before the old ones",
            attend_with(join=lambda past, new: torch.cat([new, past], dim=2)),
            "The new keys and values come after those of the past, as the mask has it: torch.cat([past, new], dim=2).",
        ),
        Misconception(
            "the past forgotten",
            lambda q, k, v, past_k, past_v, cos, sin: attend_after(
                q, k, v, past_k[:, :, :0], past_v[:, :, :0], cos[past_k.shape[2] :], sin[past_k.shape[2] :]
            ),
            "The positions are right, but the new tokens see one another only. Join keys and values of the past with "
            "the new.",
        ),
        Misconception(
            "no token sees itself",
            attend_with(diagonal=lambda past, new: past - 1),
            "New token i may see the past and the new tokens up to and including itself: tril(diagonal=past).",
        ),
        Misconception(
            "the next token seen",
            attend_with(diagonal=lambda past, new: past + 1),
            "Each new token sees the one after it. New token i may see the past and new tokens 0 … i: "
            "tril(diagonal=past).",
        ),
        Misconception(
            "mask inverted",
            attend_with(inverted=True),
            "In F.scaled_dot_product_attention True means: may attend. Yours shows what should be hidden.",
        ),
        Misconception(
            "queries not turned",
            attend_with(turn_queries=False),
            "Queries and new keys are both turned; only then do scores depend on distances.",
        ),
        Misconception(
            "scores not divided by √D",
            attend_with(scale=1.0),
            "The scores are not divided by √D. F.scaled_dot_product_attention does that by itself.",
        ),
        Misconception(
            "is_causal for several new tokens",
            attend_with(diagonal=lambda past, new: 0 if new > 1 else past),
            "One new token sees all, which is right. But for several, is_causal counts from the top left, so new "
            "token 0 sees key "
            "0 only. Give a mask: tril(diagonal=past).",
        ),
        Misconception(
            "queries turned from zero",
            attend_with(query_positions=from_zero),
            "The new keys are turned rightly, the queries as if they stood at the beginning. Both stand at past … "
            "past + new − 1.",
        ),
    ),
    hints=(
        "Two things in the broken code are right only if past_k is empty. Which?",
        "Positions: cos[past : past + new]. Mask: row i may see the past and the new tokens 0 … i.",
        "mask = torch.ones(new, past + new, dtype=torch.bool).tril(diagonal=past), given as attn_mask=mask",
    ),
    review="lesson 10, 'The key-value cache'",
)
