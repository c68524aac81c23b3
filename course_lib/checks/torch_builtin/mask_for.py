"""Exercise 4 of lesson 09: one mask, three conventions."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.torch_builtin.inputs import drawn_size
from course_lib.checks.torch_builtin.slots.mask_for import VARIANTS

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


def float32_it_is(call: Call, generator: torch.Generator) -> None:
    """Other floating point numbers would have to be converted at every call."""
    dtype = call(torch.ones(2, 2, dtype=torch.bool).tril(), "additive").dtype
    if dtype != torch.float32:
        raise Failed(f'"additive" should be a mask of torch.float32; yours is of {dtype}')


def mask_cases(generator: torch.Generator) -> list[Case]:
    """The causal mask of three tokens in all conventions, one that is not a triangle, and an unknown convention."""
    causal = torch.ones(3, 3, dtype=torch.bool).tril()
    Q, K = drawn_size(generator, 3, 7), drawn_size(generator, 8, 12)
    any_size = torch.rand(Q, K, generator=generator) > 0.4
    any_size[:, 0], any_size[0, 1] = True, False
    unknown = ("SDPA", "bool", "", "mask", "additiv", "layers")[drawn_size(generator, 0, 5)]
    drawn = (torch.rand(4, 5, generator=generator) > 0.5) | torch.eye(4, 5, dtype=torch.bool)
    drawn[0, 4] = False
    return [
        *(Case((causal, convention), label="the causal mask of 3 tokens") for convention in CONVENTIONS),
        *(Case((drawn, convention), label="4 queries, 5 keys, no triangle") for convention in CONVENTIONS),
        *(Case((any_size, convention), label=f"{Q} queries, {K} keys") for convention in CONVENTIONS),
        Case((causal, "torch"), label="a convention that does not exist"),
        Case((causal, "add"), label="a part of a word"),
        Case((any_size, unknown), label="another one that does not exist"),
    ]


EXERCISE = Exercise(
    name="mask_for",
    reference=mask_for,
    variants=VARIANTS,
    cases=mask_cases,
    properties=(Property("the additive mask is of float32", float32_it_is),),
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
        Misconception(
            "a large negative number for −∞",
            mask_with(additive=lambda allowed: torch.zeros(allowed.shape).masked_fill(~allowed, -1e9)),
            "A large negative number is not −∞: use float('-inf'), so that the weight is 0 whatever the scores are.",
        ),
        Misconception(
            "1 where attention is allowed",
            mask_with(additive=lambda allowed: allowed.float().masked_fill(~allowed, -math.inf)),
            "−∞ stands where it should, but what is added to the other scores must be 0, not 1.",
        ),
        Misconception(
            "−1 for −∞",
            mask_with(additive=lambda allowed: allowed.float() - 1),
            "Adding −1 makes a weight smaller, but not 0. Only −∞ makes it vanish.",
        ),
        Misconception(
            "boolean for the additive convention",
            mask_with(additive=lambda allowed: allowed),
            "An additive mask holds floating point numbers: 0 where attention is allowed, −∞ where not.",
        ),
        Misconception(
            "rows and columns exchanged",
            lambda allowed, convention: mask_for(allowed, convention).T,
            "A row is a query and a column a key, as in `allowed`. Yours are exchanged.",
        ),
        Misconception(
            "additive for the layer",
            mask_with(layer=lambda allowed: mask_for(allowed, "additive")),
            '"layer" asks for the boolean mask of these layers: True where attention is blocked.',
        ),
        Misconception(
            "transposed for the layer",
            mask_with(layer=lambda allowed: allowed.T),
            "You exchange queries and keys. What is exchanged for the layers is True and False: ~allowed.",
        ),
    ),
    hints=(
        "Two of the three conventions are boolean and mean opposite things. Which one means what ours means?",
        '"sdpa": as it is. "layer": ~allowed. "additive": 0 where allowed, −∞ where not.',
        "torch.zeros(allowed.shape).masked_fill(~allowed, float('-inf')), and a ValueError for any other word",
    ),
    review="lesson 09, 'True means blocked here'",
)
