"""Exercise 6 of lesson 04: what each head adds."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.multi_head_attention.layouts import draw
from course_lib.checks.multi_head_attention.slots.head_contributions import VARIANTS
from course_lib.multi_head_attention import merge_heads


def head_contributions(heads: Tensor, out_weight: Tensor) -> Tensor:
    """(B, H, T, D), (C, C) -> (B, H, T, C): each head through its own columns of the output projection."""
    H, D = heads.shape[1], heads.shape[-1]
    columns = out_weight.unflatten(1, (H, D)).permute(1, 2, 0)  # (C, H·D) -> (H, D, C)
    return heads @ columns


def contributions_with(columns_of: Callable[[Tensor, int, int], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """`head_contributions` with another choice of each head's part (H, D, C) of the weight."""

    def mutant(heads: Tensor, out_weight: Tensor) -> Tensor:
        return heads @ columns_of(out_weight, heads.shape[1], heads.shape[-1])

    return mutant


def contribution_cases(generator: torch.Generator) -> list[Case]:
    """Two heads of width 1, to do by hand; then wider ones."""
    by_hand = (torch.tensor([[[[1.0]], [[10.0]]]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    cases = [Case(by_hand, label="2 heads of width 1, one token")]
    drawn = tuple(draw(generator, low, low + 2) for low in (2, 3, 6, 9))
    for B, H, T, D in ((2, 3, 4, 2), (2, 2, 3, 4), (1, 1, 5, 3), drawn):
        heads = torch.randn(B, H, T, D, generator=generator)
        weight = torch.randn(H * D, H * D, generator=generator)
        cases.append(Case((heads, weight), label=f"B = {B}, {H} heads, T = {T}, D = {D}"))
    return cases


def contributions_add_up(call: Call, generator: torch.Generator) -> None:
    """The sum over the heads is the projection of the merged heads."""
    heads = torch.randn(2, 3, 4, 5, generator=generator)
    weight = torch.randn(15, 15, generator=generator)
    whole = merge_heads(heads) @ weight.T
    if not torch.allclose(call(heads, weight).sum(dim=1), whole, atol=1e-4):
        raise Failed("the sum of your contributions over the heads is not out_proj(merge_heads(heads))")


EXERCISE = Exercise(
    name="head_contributions",
    reference=head_contributions,
    variants=VARIANTS,
    cases=contribution_cases,
    properties=(Property("the contributions add up to the whole", contributions_add_up),),
    misconceptions=(
        Misconception(
            "rows instead of columns",
            contributions_with(lambda weight, H, D: weight.unflatten(0, (H, D))),
            "nn.Linear's weight is (out, in), and the heads come in: head h meets columns h·D to (h+1)·D.",
        ),
        Misconception(
            "the first columns for every head",
            contributions_with(lambda weight, H, D: weight[:, :D].T.expand(H, D, H * D)),
            "Each head has columns of its own: h·D to (h+1)·D.",
        ),
        Misconception(
            "every H-th column",
            contributions_with(lambda weight, H, D: weight.unflatten(1, (D, H)).permute(2, 1, 0)),
            "merge_heads puts a head's D channels next to each other, so its columns are neighbours too.",
        ),
        Misconception(
            "divided by the number of heads",
            contributions_with(lambda weight, H, D: weight.unflatten(1, (H, D)).permute(1, 2, 0) / H),
            "Nothing is averaged: the contributions are added.",
        ),
        Misconception(
            "already added up",
            lambda heads, out_weight: head_contributions(heads, out_weight).sum(dim=1),
            "That is the module's output, (B, T, C). Keep the heads apart: (B, H, T, C).",
        ),
        Misconception(
            "rows and columns exchanged, head by head",
            contributions_with(lambda weight, H, D: weight.unflatten(1, (H, D)).permute(1, 0, 2).reshape(H, D, -1)),
            "The columns of head h are (C, D). To multiply heads of (T, D) by them, transpose; reshape and view do "
            "not transpose.",
        ),
        Misconception(
            "columns from h instead of h·D",
            contributions_with(lambda weight, H, D: torch.stack([weight[:, h : h + D].T for h in range(H)])),
            "Head h begins at column h·D, not at column h: weight[:, h*D : (h+1)*D].",
        ),
        Misconception(
            "heads behind the tokens",
            lambda heads, out_weight: head_contributions(heads, out_weight).transpose(1, 2),
            "You return (B, T, H, C). Asked for is (B, H, T, C): stack along dim=1.",
        ),
        Misconception(
            "heads before the batch",
            lambda heads, out_weight: head_contributions(heads, out_weight).transpose(0, 1),
            "You return (H, B, T, C). Asked for is (B, H, T, C): stack along dim=1.",
        ),
        Misconception(
            "running sums",
            lambda heads, out_weight: head_contributions(heads, out_weight).cumsum(dim=1),
            "Each of yours has those of the heads before it in it. Keep the heads apart.",
        ),
        Misconception(
            "a list of contributions",
            lambda heads, out_weight: list(head_contributions(heads, out_weight).unbind(1)),
            "These are the contributions in a list. Stack them along dim=1: (B, H, T, C).",
        ),
    ),
    hints=(
        "out_proj(x) is x @ weight.T. Which columns of weight meet the channels of head h?",
        "weight[:, h*D:(h+1)*D] is (C, D). What must be done with it before heads[:, h], (B, T, D), can be "
        "multiplied by it?",
        "torch.stack([heads[:, h] @ weight[:, h*D:(h+1)*D].T for h in range(H)], dim=1)",
    ),
    review="lesson 04, 'What the output projection does'",
)
