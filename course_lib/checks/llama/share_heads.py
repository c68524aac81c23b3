"""Exercise 6 of lesson 10: shared heads."""

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.share_heads import VARIANTS
from course_lib.llama import (
    repeat_kv,
)


def share_heads(x: Tensor, groups: int) -> Tensor:
    """Each head of (B, H_kv, T, D) `groups` times in a row: (B, H_kv · groups, T, D)."""
    return repeat_kv(x, groups)


def heads_cases(generator: torch.Generator) -> list[Case]:
    """Two heads that are told apart at sight; no sharing; drawn ones."""
    told_apart = torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)
    shape, groups = [drawn_size(generator, 2, 5) for _ in range(4)], drawn_size(generator, 2, 5)
    return [
        Case((told_apart, 2), label="2 heads of one number, each for a group of 2"),
        Case((torch.randn(2, 3, 2, 4, generator=generator), 1), label="groups of one: as many as queries"),
        Case((torch.randn(2, 3, 5, 4, generator=generator), 4), label="B = 2, 3 heads, groups of 4"),
        Case((torch.randn(shape, generator=generator), groups), label=f"x of shape {tuple(shape)}, groups of {groups}"),
    ]


EXERCISE = Exercise(
    name="share_heads",
    reference=share_heads,
    variants=VARIANTS,
    cases=heads_cases,
    forbidden=("course_lib.llama.repeat_kv",),
    misconceptions=(
        Misconception(
            "repeat in place of repeat_interleave",
            lambda x, groups: x.repeat(1, groups, 1, 1),
            "You get heads 0 1 0 1. Queries 0 and 1 are one group, so it must be 0 0 1 1.",
        ),
        Misconception(
            "tokens repeated",
            lambda x, groups: x.repeat_interleave(groups, dim=2),
            "The heads are dimension 1 of (B, H_kv, T, D); you repeat the tokens.",
        ),
        Misconception(
            "texts repeated",
            lambda x, groups: x.repeat_interleave(groups, dim=0),
            "The heads are dimension 1 of (B, H_kv, T, D); you repeat the texts of the batch.",
        ),
        Misconception(
            "repeated without a dimension",
            lambda x, groups: x.repeat_interleave(groups),
            "Without dim=, repeat_interleave flattens everything first. Say along which dimension.",
        ),
        Misconception(
            "groups left as a dimension",
            lambda x, groups: x[:, :, None].expand(-1, -1, groups, -1, -1),
            "Heads and groups are still two dimensions. Merge them: reshape to (B, H_kv · groups, T, D).",
        ),
        Misconception(
            "repeated as many times as there are heads",
            lambda x, groups: x.repeat_interleave(x.shape[1], dim=1),
            "You repeat each head H_kv times. `groups` says how many query heads share one key head: repeat it so "
            "many times.",
        ),
        Misconception(
            "one time too many",
            lambda x, groups: x.repeat_interleave(groups + 1, dim=1),
            "Each head is there groups + 1 times: the one that you had counts.",
        ),
        Misconception(
            "not repeated",
            lambda x, groups: x,
            "The heads are as many as before. Each serves `groups` query heads, and must be there so many times.",
        ),
        Misconception(
            "the first head for all",
            lambda x, groups: x[:, :1].expand(-1, x.shape[1] * groups, -1, -1),
            "Every query head gets key head 0. The first group takes head 0, the next one head 1.",
        ),
        Misconception(
            "the last dimension repeated",
            lambda x, groups: x.repeat_interleave(groups, dim=-1),
            "The heads are dimension 1 of (B, H_kv, T, D); you repeat the D numbers of a head.",
        ),
        Misconception(
            "all heads mixed",
            lambda x, groups: x.mean(dim=1, keepdim=True).expand(-1, x.shape[1] * groups, -1, -1),
            "You take the mean of the key heads. They stay as they are: the first group takes head 0, the next one "
            "head 1.",
        ),
        Misconception(
            "shared out by groups, not by heads",
            lambda x, groups: x.repeat_interleave(groups, dim=1) / groups,
            "The numbers of a head stay as they are; nothing is divided among the queries that share it.",
        ),
    ),
    hints=(
        "Write down, for two key heads and groups of two, which key head each of the four queries should find.",
        "0 0 1 1, not 0 1 0 1: each element several times in a row is called interleaved.",
        "x.repeat_interleave(groups, dim=1)",
    ),
    review="lesson 10, 'Grouped-query attention'",
)
