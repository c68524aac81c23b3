"""Attention after a cache with one of its steps replaced, for lesson 10."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Misconception
from course_lib.llama import apply_rope


def attend_with(
    *,
    positions: Callable[[int, int], slice] = lambda past, new: slice(past, past + new),
    query_positions: Callable[[int, int], slice] | None = None,
    turn_values: bool = False,
    join_values: Callable[[Tensor, Tensor], Tensor] | None = None,
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
        v = apply_rope(v, cos[here], sin[here]) if turn_values else v
        mask = torch.ones(new, past + new, dtype=torch.bool).tril(diagonal=diagonal(past, new))
        k, v, mask = join(past_k, k), (join_values or join)(past_v, v), mask ^ inverted
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)

    return mutant


attend_after = attend_with()


def from_zero(past: int, new: int) -> slice:
    """Positions as if there were no past."""
    return slice(0, new)


def one_too_few(past: int, new: int) -> slice:
    """Positions that are one too low, where there is a past."""
    return slice(max(past - 1, 0), max(past - 1, 0) + new)


def one_too_many(past: int, new: int) -> slice:
    """Positions that are one too high."""
    return slice(past + 1, past + new + 1)


def new_first(past: Tensor, new: Tensor) -> Tensor:
    """The new tokens in front of the old ones."""
    return torch.cat([new, past], dim=2)


def keys_turned_as_queries_are_not(
    positions: Callable[[int, int], slice],
) -> Callable[..., Tensor]:
    """The new keys at other positions, the queries where they stand."""
    return attend_with(positions=positions, query_positions=lambda past, new: slice(past, past + new))


def top_left(past: int, new: int) -> int:
    """What is_causal=True means where there are more keys than queries."""
    return 0


POSITIONS = (  # where queries and keys are turned to
    Misconception(
        "positions from zero",
        attend_with(positions=from_zero),
        "The mask is right. But the first new token stands at position past_k.shape[2], not at 0.",
    ),
    Misconception(
        "one position too far",
        attend_with(positions=lambda past, new: slice(past + 1, past + new + 1)),
        "With n tokens in the past, positions 0 … n − 1 are taken, so the first new token stands at n.",
    ),
    Misconception(
        "the last rows of the table",
        attend_with(positions=lambda past, new: slice(-new, None)),
        "cos[-T:] are the last positions that the table has. The new tokens stand right after the past: from "
        "past_k.shape[2] on.",
    ),
    Misconception(
        "queries turned from zero",
        attend_with(query_positions=from_zero),
        "The new keys are turned rightly, the queries as if they stood at the beginning. Both stand at past … "
        "past + new − 1.",
    ),
    Misconception(
        "queries not turned",
        attend_with(turn_queries=False),
        "Queries and new keys are both turned; only then do scores depend on distances.",
    ),
    Misconception(
        "new keys not turned",
        attend_with(turn_keys=False),
        "Queries and new keys are both turned; only then do scores depend on distances.",
    ),
    Misconception(
        "the past turned again",
        attend_with(turn_past=True),
        "The keys in the cache were turned when they came. Turned twice, they stand twice as far away.",
    ),
    Misconception(
        "keys turned from zero",
        keys_turned_as_queries_are_not(from_zero),
        "The queries are turned rightly, the new keys as if they stood at the beginning. Both stand at past … past + "
        "new − 1.",
    ),
    Misconception(
        "one position too low",
        attend_with(positions=one_too_few),
        "With n tokens in the past, positions 0 … n − 1 are taken, so the first new token stands at n, not at n − 1.",
    ),
    Misconception(
        "queries one position too far",
        attend_with(query_positions=one_too_many),
        "The new keys are turned rightly, the queries by one position too many. Both stand at past … past + new − 1.",
    ),
    Misconception(
        "queries one position too low",
        attend_with(query_positions=one_too_few),
        "The new keys are turned rightly, the queries by one position too few. Both stand at past … past + new − 1.",
    ),
    Misconception(
        "keys one position too far",
        keys_turned_as_queries_are_not(one_too_many),
        "The queries are turned rightly, the new keys by one position too many. Both stand at past … past + new − 1.",
    ),
    Misconception(
        "keys one position too low",
        keys_turned_as_queries_are_not(one_too_few),
        "The queries are turned rightly, the new keys by one position too few. Both stand at past … past + new − 1.",
    ),
    Misconception(
        "values turned as well",
        attend_with(turn_values=True),
        "Queries and keys are turned, so that scores depend on distances. Values are what is gathered: they stay as "
        "they are.",
    ),
    Misconception(
        "neither queries nor keys turned",
        attend_with(turn_queries=False, turn_keys=False),
        "Queries and new keys are turned before they are compared: apply_rope(…, cos[past : past + new], sin[past : "
        "past + new]).",
    ),
)
