"""Exercise 6 of lesson 03: attention, all of it."""

import math

import torch
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.dimensions import DIMENSIONS
from course_lib.checks.attention.parts import draw
from course_lib.checks.attention.slots.scaled_dot_product_attention import VARIANTS
from course_lib.checks.attention.weights import WEIGHTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Property


def attention_cases(generator: torch.Generator) -> list[Case]:
    """Two tokens to think about, then with and without the mask, any number of batch dimensions, T = d, d_v ≠ d."""

    def drawn(*batch: int, T: int, d: int, d_v: int) -> tuple[Tensor, ...]:
        return tuple(torch.randn(*batch, T, width, generator=generator) for width in (d, d, d_v))

    by_hand = (
        torch.tensor([[2.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]),
        torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(3), 0.0, 0.0, 0.0]]),
        torch.tensor([[4.0], [8.0]]),
    )
    very_low = (by_hand[0], torch.tensor([[-20_000.0, 0.0, 0.0, 0.0], [-20_000.0, 0.0, 0.0, 0.0]]), by_hand[2])
    T, B, H = draw(generator, 5, 9), draw(generator, 2, 3), draw(generator, 4, 5)
    d = draw(generator, 10, 14)
    return [
        Case(by_hand, label="2 tokens, d = 4, d_v = 1"),
        Case(by_hand, {"causal": False}, label="2 tokens, d = 4, d_v = 1, not causal"),
        Case(drawn(T=3, d=3, d_v=3), label="3 tokens, d = 3"),
        Case(drawn(B, T=T, d=4, d_v=3), label=f"q and k of shape {(B, T, 4)}, v of shape {(B, T, 3)}"),
        Case(drawn(B, T=T, d=4, d_v=3), {"causal": False}, label="the same shapes, not causal"),
        Case(drawn(B, H, T=T + 1, d=d, d_v=d), label=f"shape {(B, H, T + 1, d)}"),
        Case(drawn(1, T=1, d=4, d_v=4), label="1 token"),
        Case(very_low, label="2 tokens, allowed scores of −20,000"),
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
    variants=VARIANTS,
    cases=attention_cases,
    drive=drive.call_with_gradient,
    properties=(
        Property("a future token changes nothing before it", _past_is_untouched),
        Property("without the mask, the order of keys does not matter", _order_of_keys_is_irrelevant),
    ),
    misconceptions=(*WEIGHTS, *DIMENSIONS),
    hints=(
        "Four steps, in this order: scores, mask, softmax, product with the values. Write the shape beside each.",
        "Scores are `q @ k.transpose(-2, -1)`, divided by the square root of the width. Mask them if `causal`.",
        "`scores.masked_fill(~mask, -math.inf)` with a (T, T) mask, softmax along the last dimension, then `@ v`.",
    ),
    review="lesson 03, section 9, 'All together, and against torch'",
)
