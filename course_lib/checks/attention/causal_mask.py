"""Exercise 2 of lesson 03: the causal mask."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.slots.causal_mask import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def mask_cases(generator: torch.Generator) -> list[Case]:
    """Three tokens, to be read with the eyes, then one, two, and numbers that cannot be guessed."""
    drawn = torch.randint(5, 40, (3,), generator=generator).tolist()
    return [Case((T,), label=f"T = {T}") for T in (3, 1, 2, *drawn)]


def _allows_t_plus_one(call: Call, generator: torch.Generator) -> None:
    counts = call(6).sum(dim=-1).tolist()
    if counts != [1, 2, 3, 4, 5, 6]:
        raise Failed(f"T = 6: the rows 0 to 5 should allow 1, 2, 3, 4, 5 and 6 keys; yours allow {counts}")


def _additive_mask(T: int) -> Float[Tensor, "T T"]:
    return torch.full((T, T), -math.inf).triu(diagonal=1)


EXERCISE = Exercise(
    name="causal_mask",
    reference=attention.causal_mask,
    variants=VARIANTS,
    cases=mask_cases,
    properties=(Property("row t allows t + 1 keys", _allows_t_plus_one),),
    misconceptions=(
        Misconception(
            "transposed",
            lambda T: torch.ones(T, T, dtype=torch.bool).triu(),
            "Row t must allow the keys 0 to t; yours allows t to T − 1, the future instead of the past. "
            "Rows are queries, columns are keys.",
        ),
        Misconception(
            "True means blocked",
            lambda T: torch.ones(T, T, dtype=torch.bool).triu(diagonal=1),
            "Your mask is True exactly where attending is not allowed. In this course True means may attend; "
            "some layers of torch use the other convention.",
        ),
        Misconception(
            "a token does not see itself",
            lambda T: torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1),
            "The diagonal must be True: a token may attend to itself. Without it, row 0 has no key at all.",
        ),
        Misconception(
            "one token of the future is visible",
            lambda T: torch.ones(T, T, dtype=torch.bool).tril(diagonal=1),
            "Row t allows the key t + 1, the very token that is to be predicted.",
        ),
        Misconception(
            "numbers instead of True and False",
            lambda T: torch.ones(T, T).tril(),
            "The pattern is right, but it is made of the numbers 1.0 and 0.0. Make it boolean, with .bool() or by a "
            "comparison, so that ~mask and masked_fill work.",
        ),
        Misconception(
            "whole numbers instead of True and False",
            lambda T: torch.ones(T, T, dtype=torch.int64).tril(),
            "The pattern is right, but it is made of the numbers 1 and 0. Make it boolean, with .bool() or by a "
            "comparison, so that ~mask and masked_fill work.",
        ),
        Misconception(
            "a mask to be added",
            _additive_mask,
            "This is a mask to be added to the scores, 0 and −inf. Asked for is a boolean one: True where allowed.",
        ),
        Misconception(
            "every pair is allowed",
            lambda T: torch.ones(T, T, dtype=torch.bool),
            "Nothing is masked. Key j may be seen by query t only if j <= t.",
        ),
        Misconception(
            "a token sees only itself",
            lambda T: torch.eye(T, dtype=torch.bool),
            "Only the diagonal is True. Query t may see all keys j <= t, not only j = t.",
        ),
        Misconception(
            "a mask to be added, with ones",
            lambda T: torch.ones(T, T).masked_fill(~attention.causal_mask(T), -math.inf),
            "Asked for is a boolean mask, True where allowed. To be added to scores, the allowed ones would need 0.",
        ),
        Misconception(
            "the first key is hidden",
            lambda T: torch.ones(T, T, dtype=torch.bool).tril() & (torch.arange(T) > 0),
            "No query sees key 0. Positions count from 0, and the first token is seen by all.",
        ),
        Misconception(
            "mirrored",
            lambda T: torch.ones(T, T, dtype=torch.bool).tril().flip(-1),
            "Your mask is mirrored: row 0 allows the last key. Row t must allow the keys 0 to t.",
        ),
        Misconception(
            "one row",
            lambda T: torch.ones(T, dtype=torch.bool),
            "Asked for is a square, (T, T): a row of T keys for each of the T queries.",
        ),
    ),
    hints=(
        "Write the mask for T = 3 on paper first: 3 rows for the queries, 3 columns for the keys, 6 times True.",
        "A pair is allowed if the key's position is at most the query's. Which shape compares every pair at once?",
        "With `position = torch.arange(T)`, the column `position[:, None]` and the row `position` compare to (T, T).",
    ),
    review="lesson 03, section 5, 'The causal mask'",
    forbidden=("torch.nn.Transformer.generate_square_subsequent_mask",),
)
