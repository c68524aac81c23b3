"""Exercise 8 of lesson 10 (debug): attention after a cache."""

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.llama.attending import POSITIONS, attend_after, attend_with, from_zero, new_first, top_left
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.attend_after import VARIANTS
from course_lib.llama import (
    apply_rope,
    precompute_rope,
)


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
    variants=VARIANTS,
    cases=attend_cases,
    properties=(Property("in pieces it gives what it gives in one pass", in_pieces_as_in_one),),
    misconceptions=(
        Misconception(
            "both mistakes still there",
            attend_with(positions=from_zero, diagonal=top_left),
            "The new tokens are turned as if they stood at the beginning, and is_causal lets the first of them see "
            "the first key only.",
        ),
        *POSITIONS,
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
            "new keys before the old ones",
            attend_with(join=new_first),
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
            "new values before the old ones",
            attend_with(join_values=new_first),
            "The keys are joined rightly, the values the other way round, so that each weight meets another token's "
            "value: torch.cat([past_v, v], dim=2).",
        ),
        Misconception(
            "new keys before the old ones, the values after them",
            attend_with(join=new_first, join_values=lambda past, new: torch.cat([past, new], dim=2)),
            "The values are joined rightly, the keys the other way round: torch.cat([past_k, k], dim=2).",
        ),
        Misconception(
            "everything seen where there is a past",
            attend_with(diagonal=lambda past, new: past + new if past else 0),
            "One new token may see everything. Of several, each may see only the new ones up to itself, after a past "
            "as well: tril(diagonal=past).",
        ),
    ),
    hints=(
        "Two things in the broken code are right only if past_k is empty. Which?",
        "Positions: cos[past : past + new]. Mask: row i may see the past and the new tokens 0 … i.",
        "mask = torch.ones(new, past + new, dtype=torch.bool).tril(diagonal=past), given as attn_mask=mask",
    ),
    review="lesson 10, 'The key-value cache'",
)
