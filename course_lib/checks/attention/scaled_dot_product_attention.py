"""Exercise 6 of lesson 03: attention, all of it."""

import math

import torch
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.parts import attention_masked_after, attention_with, reverse_all_dimensions, swap
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def attention_cases(generator: torch.Generator) -> list[Case]:
    """Two tokens to think about, then with and without the mask, any number of batch dimensions, T = d, d_v ≠ d."""

    def drawn(*batch: int, T: int, d: int, d_v: int) -> tuple[Tensor, ...]:
        return tuple(torch.randn(*batch, T, width, generator=generator) for width in (d, d, d_v))

    by_hand = (
        torch.tensor([[2.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]),
        torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(3), 0.0, 0.0, 0.0]]),
        torch.tensor([[4.0], [8.0]]),
    )
    return [
        Case(by_hand, label="2 tokens, d = 4, d_v = 1"),
        Case(by_hand, {"causal": False}, label="2 tokens, d = 4, d_v = 1, not causal"),
        Case(drawn(T=3, d=3, d_v=3), label="3 tokens, d = 3"),
        Case(drawn(2, T=5, d=4, d_v=3), label="q and k of shape (2, 5, 4), v of shape (2, 5, 3)"),
        Case(drawn(2, T=5, d=4, d_v=3), {"causal": False}, label="the same shapes, not causal"),
        Case(drawn(2, 3, T=6, d=9, d_v=9), label="shape (2, 3, 6, 9)"),
        Case(drawn(1, T=1, d=4, d_v=4), label="1 token"),
    ]


def _past_is_untouched(call: Call, generator: torch.Generator) -> None:
    q, k, v = torch.randn(3, 2, 8, 4, generator=generator)
    before = call(q, k, v)["output"]
    for x in (q, k, v):
        x[:, 5] += 2.0
    after = call(q, k, v)["output"]
    changed = (before - after).abs().amax(dim=(0, 2))  # (T,)
    early = [t for t in range(5) if changed[t] > 1e-6]
    if early:
        raise Failed(f"8 tokens: token 5 was changed, and the outputs of the tokens {early} changed with it")


def _order_of_keys_is_irrelevant(call: Call, generator: torch.Generator) -> None:
    q, k, v = torch.randn(3, 6, 4, generator=generator)
    order = torch.randperm(6, generator=generator)
    if not torch.allclose(
        call(q, k, v, causal=False)["output"], call(q, k[order], v[order], causal=False)["output"], atol=1e-5
    ):
        raise Failed("6 tokens, causal=False: shuffling the keys together with their values changes the output")


EXERCISE = Exercise(
    name="scaled_dot_product_attention",
    reference=attention.scaled_dot_product_attention,
    forbidden=(
        "torch.nn.functional.scaled_dot_product_attention",
        "course_lib.attention.fused_scaled_dot_product_attention",
        "torch.nn.MultiheadAttention",
    ),
    cases=attention_cases,
    drive=drive.call_with_gradient,
    properties=(
        Property("a future token changes nothing before it", _past_is_untouched),
        Property("without the mask, the order of keys does not matter", _order_of_keys_is_irrelevant),
    ),
    misconceptions=(
        Misconception(
            "no scaling",
            attention_with(scale=lambda q, k: 1.0),
            "The scores are not divided by √d: their variance grows with d, and the softmax saturates.",
        ),
        Misconception(
            "divided by d",
            attention_with(scale=lambda q, k: q.shape[-1]),
            "The scores are divided by d. Their standard deviation is √d, so divide by that: math.sqrt(q.shape[-1]).",
        ),
        Misconception(
            "divided by √T",
            attention_with(scale=lambda q, k: math.sqrt(k.shape[-2])),
            "The scale uses the number of tokens, shape[-2]. It should use the width, shape[-1].",
        ),
        Misconception(
            "mask transposed",
            attention_with(allowed=lambda q: attention.causal_mask(q.shape[-2]).T),
            "Each token sees the future and not the past. Rows of the mask are queries, columns are keys.",
        ),
        Misconception(
            "the allowed scores are masked",
            attention_with(allowed=lambda q: ~attention.causal_mask(q.shape[-2])),
            "Your −inf goes where the mask is True, so each token sees only its future and the last row is nan. "
            "Fill where the mask is False: ~mask.",
        ),
        Misconception(
            "a token does not see itself",
            attention_with(allowed=lambda q: attention.causal_mask(q.shape[-2]).tril(diagonal=-1)),
            "The diagonal is masked too, so the first token has no key left and its output is nan.",
        ),
        Misconception(
            "mask after the softmax",
            attention_masked_after,
            "The weights of the future are set to 0 only after they took part in the sum, so rows do not sum to 1 and "
            "the future leaks through. Mask the scores, then take the softmax.",
        ),
        Misconception(
            "masked scores set to 0",
            attention_with(fill=0.0),
            "A score of 0 still gets exp(0) = 1 as its share. Fill the masked scores with −inf.",
        ),
        Misconception(
            "softmax over the queries",
            attention_with(dim=-2),
            "The columns of your weights sum to 1; the rows should: softmax over the keys, dim=-1.",
        ),
        Misconception(
            "q and k swapped",
            attention_with(scores=lambda q, k: k @ swap(q)),
            "The table of scores is transposed: rows must belong to queries and columns to keys, so q comes first.",
        ),
        Misconception(
            "no mask",
            attention_with(allowed=lambda q: torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool)),
            "With causal=True (the default) a token must not see those after it; nothing is masked in yours.",
        ),
        Misconception(
            "always causal",
            attention_with(always=True),
            "The mask is applied with causal=False as well. Without the mask every token sees all tokens.",
        ),
        Misconception(
            "the parameter causal is missing",
            lambda q, k, v: attention.scaled_dot_product_attention(q, k, v),
            "Your function takes q, k and v only. Give it the keyword causal=True, as in the stub, and mask only then.",
        ),
        Misconception(
            "mask of the wrong length",
            attention_with(allowed=lambda q: attention.causal_mask(q.shape[-1])),
            "The mask has the size of the width d. It needs one row and one column for each token: q.shape[-2].",
        ),
        Misconception(
            "mask built from the first dimension",
            attention_with(allowed=lambda q: attention.causal_mask(q.shape[0])),
            "q.shape[0] is the number of tokens only if there is no batch. Count from the end: q.shape[-2].",
        ),
        Misconception(
            "keys not transposed",
            attention_with(scores=lambda q, k: q @ k),
            "`q @ k` multiplies (T, d) by (T, d). So that each query meets each key, transpose the keys' last two "
            "dimensions.",
        ),
        Misconception(
            "all dimensions reversed",
            attention_with(scores=lambda q, k: q @ reverse_all_dimensions(k)),
            "`k.T` turns all dimensions round, the batch too. Exchange the last two only: k.transpose(-2, -1).",
        ),
        Misconception(
            "exactly one batch dimension assumed",
            attention_with(scores=lambda q, k: q @ k.transpose(1, 2)),
            "The dimensions 1 and 2 are the last two only for tensors of 3 dimensions. "
            "Count from the end: transpose(-2, -1).",
        ),
    ),
    hints=(
        "Four steps, in this order: scores, mask, softmax, product with the values. Write the shape beside each.",
        "Scores are `q @ k.transpose(-2, -1)`, divided by the square root of the width. Mask them if `causal`.",
        "`scores.masked_fill(~mask, -math.inf)` with a (T, T) mask, softmax along the last dimension, then `@ v`.",
    ),
    review="lesson 03, section 9, 'All together, and against torch'",
)
