"""Lesson 14, exercise 6: queries, keys and values in one weight."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.parallel.inputs import drawn_size
from course_lib.checks.parallel.slots.shard_qkv import VARIANTS
from course_lib.multi_head_attention import merge_heads, split_heads


def shard_qkv(weight: Tensor, devices: int) -> list[Tensor]:
    """Device r gets its heads' rows of the queries, of the keys and of the values."""
    q, k, v = (part.chunk(devices) for part in weight.chunk(3))
    return [torch.cat([q[rank], k[rank], v[rank]]) for rank in range(devices)]


def qkv_with(piece: Callable[[list[Sequence[Tensor]], int], Tensor]) -> Callable[[Tensor, int], list[Tensor]]:
    """Another way to make device r's weight of the shares of q, k and v."""

    def mutant(weight: Tensor, devices: int) -> list[Tensor]:
        shares: list[Sequence[Tensor]] = [part.chunk(devices) for part in weight.chunk(3)]
        return [piece(shares, rank) for rank in range(devices)]

    return mutant


def qkv_cases(generator: torch.Generator) -> list[Case]:
    """Rows that are told apart at sight: 0 … for queries, 100 … for keys, 200 … for values; then drawn ones."""

    def told_apart(C: int) -> Tensor:
        return torch.cat([torch.arange(C) + hundred for hundred in (0.0, 100.0, 200.0)])[:, None].expand(3 * C, C)

    many = drawn_size(generator, 2, 5)
    C = many * drawn_size(generator, 2, 4)
    drawn = torch.randn(24, 8, generator=generator)
    return [
        Case((told_apart(2).contiguous(), 2), label="C = 2 on 2 devices"),
        Case((told_apart(4).contiguous(), 2), label="C = 4 on 2 devices"),
        Case((drawn, 4), label="C = 8 on 4 devices"),
        Case((torch.randn(3 * C, C, generator=generator), many), label=f"C = {C} on {many} devices"),
        Case((drawn, 1), label="C = 8 on a single device, which gets everything"),
    ]


def heads_stay_whole(call: Call, generator: torch.Generator) -> None:
    """Every device's attention, side by side, is the attention of the whole weight."""
    C, n_head, devices = 8, 4, 2
    weight, x = torch.randn(3 * C, C, generator=generator), torch.randn(1, 3, C, generator=generator)

    def attend(rows: Tensor, heads: int) -> Tensor:
        q, k, v = (split_heads(part, heads) for part in F.linear(x, rows).chunk(3, dim=-1))
        return merge_heads(F.scaled_dot_product_attention(q, k, v, is_causal=True))

    pieces = [attend(rows, n_head // devices) for rows in call(weight, devices)]
    if not torch.allclose(torch.cat(pieces, dim=-1), attend(weight, n_head), atol=1e-4):
        raise Failed("4 heads on 2 devices, 2 on each, give other results than 4 heads on one device")


EXERCISE = Exercise(
    name="shard_qkv",
    reference=shard_qkv,
    variants=VARIANTS,
    cases=qkv_cases,
    properties=(Property("attention on the devices is the attention of the whole", heads_stay_whole),),
    misconceptions=(
        Misconception(
            "cut straight through",
            lambda weight, devices: list(weight.chunk(devices)),
            "The first device gets all queries, and the last one all values. But a head needs its query, its key "
            "and its value in one place: cut q, k and v each, then join the shares.",
        ),
        Misconception(
            "only the queries cut",
            qkv_with(lambda shares, rank: torch.cat([shares[0][rank], *shares[1], *shares[2]])),
            "Keys and values have heads too: a device needs only those of its own heads.",
        ),
        Misconception(
            "rows in turns",
            qkv_with(lambda shares, rank: torch.stack([part[rank] for part in shares], dim=1).flatten(0, 1)),
            "You mix q, k, v, q, k, v row by row. The layer's output is cut into three thirds: all q, all k, all v.",
        ),
        Misconception(
            "every N-th row",
            lambda weight, devices: [weight[rank::devices] for rank in range(devices)],
            "The numbers of a head are neighbours. Every N-th row tears the heads apart.",
        ),
        Misconception(
            "cut along the input",
            lambda weight, devices: list(weight.chunk(devices, dim=1)),
            "Heads are outputs: dimension 0 of (3C, C). Every device reads the whole input.",
        ),
        Misconception(
            "order turned",
            qkv_with(lambda shares, rank: torch.cat([shares[2][rank], shares[1][rank], shares[0][rank]])),
            "The order must stay: queries, keys, values. Yours comes out as values, keys, queries.",
        ),
        Misconception(
            "queries only",
            qkv_with(lambda shares, rank: shares[0][rank]),
            "Only the queries are there. A head needs its keys and values too: join the shares of all three.",
        ),
        Misconception(
            "the first heads on every device",
            qkv_with(lambda shares, rank: torch.cat([part[0] for part in shares])),
            "Every device got the first heads. Device r gets share r of queries, keys and values.",
        ),
        Misconception(
            "joined along the input",
            qkv_with(lambda shares, rank: torch.cat([part[rank] for part in shares], dim=1)),
            "Queries, keys and values lie below each other: join their rows, torch.cat(…) along dimension 0.",
        ),
        Misconception(
            "stacked in place of joined",
            qkv_with(lambda shares, rank: torch.stack([part[rank] for part in shares])),
            "Yours has three dimensions. A weight is (3C/N, C): torch.cat joins rows, torch.stack makes a new "
            "dimension.",
        ),
        Misconception(
            "the whole weight everywhere",
            lambda weight, devices: [weight] * devices,
            "Each device gets all heads. It needs a share of them only.",
        ),
        Misconception(
            "queries and keys exchanged",
            qkv_with(lambda shares, rank: torch.cat([shares[1][rank], shares[0][rank], shares[2][rank]])),
            "The order must stay: queries, keys, values. Yours begins with the keys.",
        ),
        Misconception(
            "keys and values exchanged",
            qkv_with(lambda shares, rank: torch.cat([shares[0][rank], shares[2][rank], shares[1][rank]])),
            "The order must stay: queries, keys, values. Yours has the values before the keys.",
        ),
    ),
    hints=(
        "Write the rows for C = 4 as q0 q1 q2 q3 k0 … v3. Which six rows does a device need that owns heads 0 and 1?",
        "weight.chunk(3) gives q, k and v. Cut each of them into shares, and join share r of all three.",
        "q, k, v = (part.chunk(devices) for part in weight.chunk(3)); "
        "return [torch.cat([q[r], k[r], v[r]]) for r in range(devices)]",
    ),
    review="lesson 14, section 3, 'Attention: heads are columns'",
)
