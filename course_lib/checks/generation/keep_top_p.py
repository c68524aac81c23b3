"""Lesson 12, exercise 5 (debug): top-p."""

import math

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.generation.inputs import drawn_logits, drawn_share, drawn_size, logits_of
from course_lib.checks.generation.slots.keep_top_p import VARIANTS
from course_lib.checks.generation.top_p_filters import (
    OF_ORDERS,
    brought_back_with_gather,
    exactly_at_the_border,
    keep_top_p,
    kept,
    logits_added,
    logits_left_in_order,
    mask_left_in_order,
    one_more_at_the_border,
    top_p_with,
)


def top_p_cases(generator: torch.Generator) -> list[Case]:
    """Sorted and unsorted tokens, a first token that alone exceeds p, one that has p exactly, and drawn rows."""

    def drawn(B: int, V: int, p: float) -> Case:
        return Case((drawn_logits(generator, B, V), p), label=f"B = {B}, V = {V}, p = {p:.2f}")

    return [
        Case((logits_of(0.6, 0.3, 0.1), 0.7), label="probabilities 0.6, 0.3, 0.1, and p = 0.7"),
        Case((logits_of(0.1, 0.6, 0.3), 0.7), label="the same, unsorted: 0.1, 0.6, 0.3"),
        Case((logits_of(0.1, 0.9), 0.5), label="the likeliest token alone has more than p"),
        Case((logits_of(0.15, 0.4, 0.05, 0.1, 0.3), 0.8), label="0.15, 0.4, 0.05, 0.1, 0.3, and p = 0.8"),
        Case((logits_of(0.15, 0.4, 0.05, 0.1, 0.3), 0.2), label="the same, and p = 0.2"),
        *exactly_at_the_border(),
        drawn(3, drawn_size(generator, 7, 12), 0.9),
        drawn(drawn_size(generator, 2, 5), 9, drawn_share(generator, 0.3, 0.95)),
    ]


def something_is_always_left(call: Call, generator: torch.Generator) -> None:
    """However small p is, there is a token to draw."""
    logits = drawn_logits(generator, 4, 9)
    for p in (0.01, 0.3):
        if any(not ids for ids in kept(call(logits, p))):
            raise Failed(f"with p = {p} at least the most likely token must stay; here a row has none left")


EXERCISE = Exercise(
    name="keep_top_p",
    reference=keep_top_p,
    variants=VARIANTS,
    cases=top_p_cases,
    forbidden=("course_lib.generation.top_p",),
    properties=(Property("there is always a token left", something_is_always_left),),
    misconceptions=(
        Misconception(
            "both mistakes still there",
            lambda logits, p: logits.masked_fill(
                torch.softmax(logits.sort(dim=-1, descending=True).values, dim=-1).cumsum(dim=-1) > p, -math.inf
            ),
            "The token that crosses p is dropped, and the mask is in sorted order while the logits are not.",
        ),
        Misconception(
            "the token that crosses p dropped",
            top_p_with(lambda probabilities, total, p: total <= p),
            "0.6 alone does not reach 0.7, so 0.3 must stay as well. Ask for the sum before the token.",
        ),
        Misconception(
            "mask in sorted order",
            mask_left_in_order,
            "The mask says what goes of the sorted tokens. Bring it back to the order of ids with scatter.",
        ),
        Misconception(
            "logits returned sorted",
            logits_left_in_order,
            "The result must be in the order of ids: the place of a logit says which token it belongs to.",
        ),
        Misconception(
            "from the least likely up",
            top_p_with(lambda probabilities, total, p: total - probabilities < p, descending=False),
            "You add up from the least likely token. Sort with descending=True.",
        ),
        Misconception(
            "one token too many",
            top_p_with(
                lambda probabilities, total, p: (
                    torch.cat([torch.full_like(total[..., :1], -1.0), (total - probabilities)[..., :-1]], dim=-1) < p
                )
            ),
            "The sum is reached, and yet one more token stays: the shift was made twice.",
        ),
        Misconception(
            "a border for single tokens",
            top_p_with(lambda probabilities, total, p: probabilities >= (1 - p)),
            "You compare each token with 1 − p. Top-p adds them up, most likely first, until the sum reaches p.",
        ),
        Misconception(
            "one too many where p is reached exactly",
            one_more_at_the_border,
            "Where the sum is p already, no further token is needed: a token stays if the sum before it is below p "
            "(<, not <=).",
        ),
        Misconception(
            "brought back with gather",
            brought_back_with_gather,
            "gather with the sorting order sorts a second time. To bring the mask back to the ids use scatter, or "
            "gather "
            "with order.argsort(-1).",
        ),
        Misconception(
            "removed with 0",
            lambda logits, p: keep_top_p(logits, p).masked_fill(keep_top_p(logits, p).isinf(), 0.0),
            "A logit of 0 is not a probability of 0: e⁰ = 1. Use −inf, whose exponential is 0.",
        ),
        Misconception(
            "probabilities returned",
            lambda logits, p: torch.softmax(keep_top_p(logits, p), dim=-1),
            "Return logits, as they came, with −inf where a token goes; the softmax comes at the very end.",
        ),
        Misconception(
            "every token from p upwards",
            lambda logits, p: logits.masked_fill(torch.softmax(logits, dim=-1) < p, -math.inf),
            "You compare each token's probability with p. Top-p adds them up, most likely first, until the sum "
            "reaches p.",
        ),
        Misconception(
            "the token that reaches p dropped",
            top_p_with(lambda probabilities, total, p: total < p),
            "The token with which the sum reaches p stays, and the first one always. Ask for the sum before the token.",
        ),
        Misconception(
            "softmax forgotten",
            logits_added,
            "You add up logits. It is the probabilities that add up to 1: softmax first.",
        ),
        Misconception(
            "1 − p for p",
            lambda logits, p: keep_top_p(logits, 1 - p),
            "What stays adds up to p or more; yours to 1 − p.",
        ),
        *OF_ORDERS,
    ),
    hints=(
        "Run the broken code by hand on 0.6, 0.3, 0.1 with p = 0.7: sums 0.6, 0.9, 1.0. Which should stay?",
        "A token stays if the sum before it is below p: probabilities.cumsum(-1) - probabilities < p.",
        "Then back to the ids: removed = torch.zeros_like(gone).scatter(-1, order, gone), "
        "where order comes from logits.sort(descending=True)",
    ),
    review="lesson 12, 'A mistake to know'",
)
