"""Exercise 4 of lesson 09: one mask, three conventions."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception

CONVENTIONS = ("sdpa", "layer", "additive")


def mask_for(allowed: Tensor, convention: str) -> Tensor:
    """`allowed`, True where a query may attend to a key, as that part of torch wants it."""
    if convention == "sdpa":
        return allowed
    if convention == "layer":
        return ~allowed
    if convention == "additive":
        return torch.zeros(allowed.shape).masked_fill(~allowed, -math.inf)
    raise ValueError(f"convention must be one of {CONVENTIONS}, got {convention!r}")


def mask_with(**mistaken: Callable[[Tensor], Tensor]) -> Callable[[Tensor, str], Tensor]:
    """`mask_for` with another result for some convention."""

    def mutant(allowed: Tensor, convention: str) -> Tensor:
        right = mask_for(allowed, convention)
        return mistaken[convention](allowed) if convention in mistaken else right

    return mutant


def mask_for_anything(allowed: Tensor, convention: str) -> Tensor:
    """Every convention that is not the first or second is taken for the third."""
    return mask_for(allowed, convention if convention in CONVENTIONS else "additive")


def mask_cases(generator: torch.Generator) -> list[Case]:
    """The causal mask of three tokens in all conventions, one that is not a triangle, and an unknown convention."""
    causal = torch.ones(3, 3, dtype=torch.bool).tril()
    drawn = (torch.rand(4, 5, generator=generator) > 0.5) | torch.eye(4, 5, dtype=torch.bool)
    drawn[0, 4] = False
    return [
        *(Case((causal, convention), label="the causal mask of 3 tokens") for convention in CONVENTIONS),
        *(Case((drawn, convention), label="4 queries, 5 keys, no triangle") for convention in CONVENTIONS),
        Case((causal, "torch"), label="a convention that does not exist"),
    ]


EXERCISE = Exercise(
    name="mask_for",
    reference=mask_for,
    cases=mask_cases,
    misconceptions=(
        Misconception(
            "allowed passed to the layer",
            mask_with(layer=lambda allowed: allowed),
            "In nn.TransformerEncoderLayer and nn.MultiheadAttention True means blocked: invert it.",
        ),
        Misconception(
            "inverted for sdpa as well",
            mask_with(sdpa=lambda allowed: ~allowed),
            "F.scaled_dot_product_attention reads True as allowed, like our mask: leave it as it is.",
        ),
        Misconception(
            "the two conventions exchanged",
            mask_with(sdpa=lambda allowed: ~allowed, layer=lambda allowed: allowed),
            "It is the other way round: sdpa reads True as allowed, the layers read True as blocked.",
        ),
        Misconception(
            "−∞ where attention is allowed",
            mask_with(additive=lambda allowed: torch.zeros(allowed.shape).masked_fill(allowed, -math.inf)),
            "−∞ is added to the scores that must vanish: where `allowed` is False.",
        ),
        Misconception(
            "1 and 0 in place of 0 and −∞",
            mask_with(additive=lambda allowed: allowed.float()),
            "The mask is added to the scores: 0 changes nothing, and only −∞ makes a weight vanish.",
        ),
        Misconception(
            "−∞ times zero",
            mask_with(additive=lambda allowed: (~allowed).float() * -math.inf),
            "0 · −∞ is NaN, not 0. Fill with −∞ where it belongs: masked_fill or torch.where.",
        ),
        Misconception(
            "an unknown convention let through",
            mask_for_anything,
            "A typing error in the convention would give a wrong mask in silence. Raise a ValueError.",
        ),
    ),
    hints=(
        "Two of the three conventions are boolean and mean opposite things. Which one means what ours means?",
        '"sdpa": as it is. "layer": ~allowed. "additive": 0 where allowed, −∞ where not.',
        "torch.zeros(allowed.shape).masked_fill(~allowed, float('-inf')), and a ValueError for any other word",
    ),
    review="lesson 09, 'True means blocked here'",
)
