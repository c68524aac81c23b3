"""Attention whose weights are wrong: the scale, the mask, the softmax, the gradient."""

import math

import torch
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.parts import (
    attention_masked_after,
    attention_with,
    attention_with_product_of_infinity,
    swap,
)
from course_lib.checks.engine.exercise import Misconception


def divided_after_the_softmax(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = True) -> Tensor:
    """The root divides the weights, so rows sum to 1 / √d."""
    return attention_with(scale=lambda q, k: 1.0)(q, k, v, causal=causal) / math.sqrt(q.shape[-1])


WEIGHTS = (
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
        "multiplied by √d",
        attention_with(scale=lambda q, k: 1 / math.sqrt(q.shape[-1])),
        "You multiply the scores by √d. Divide by it.",
    ),
    Misconception(
        "divided by the root of the values' width",
        lambda q, k, v, causal=True: attention_with(scale=lambda q, k: math.sqrt(v.shape[-1]))(q, k, v, causal=causal),
        "The scale is √d_v, with the width of the values. It should be √d, with the width of queries and keys.",
    ),
    Misconception(
        "divided after the softmax",
        divided_after_the_softmax,
        "You divide the weights by √d, so the rows no longer sum to 1. It is the scores that are divided, before "
        "the softmax.",
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
        "softmax along dimension 1",
        attention_with(dim=1),
        "Dimension 1 is the keys only if there is no batch. Count from the end: dim=-1.",
    ),
    Misconception(
        "softmax along dimension 0",
        attention_with(dim=0),
        "Dimension 0 is the batch, or the queries if there is none. The keys are the last dimension: dim=-1.",
    ),
    Misconception(
        "−inf times a mask of 0 and 1",
        attention_with_product_of_infinity,
        "Where the mask is 0, 0 · −inf is nan, and one nan makes nan of its row. Use masked_fill, or torch.where.",
    ),
    Misconception(
        "no gradient for q and k",
        attention_with(shares=lambda weights: weights.detach()),
        "The output is right, but no gradient reaches q and k: torch.tensor(…), .detach(), .data or .item() on "
        "the way cuts it off. Work on with the tensors themselves.",
    ),
    Misconception(
        "no gradient for anything",
        lambda q, k, v, causal=True: attention.scaled_dot_product_attention(q, k, v, causal=causal).detach(),
        "The output is right, but no gradient arrives: torch.tensor(…), .detach(), .data or no_grad on the way "
        "cuts it off. Work on with the tensors themselves.",
    ),
    Misconception(
        "the weights returned",
        attention_with(average=lambda weights, v: weights),
        "These are the weights, (..., T, T). The last step is missing: their product with the values.",
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
        attention_with(masks=lambda causal: True),
        "The mask is applied with causal=False as well. Without the mask every token sees all tokens.",
    ),
    Misconception(
        "causal turned round",
        attention_with(masks=lambda causal: not causal),
        "The condition is turned round: you mask when causal is False, and leave the future open when it is True.",
    ),
    Misconception(
        "the parameter causal is missing",
        lambda q, k, v: attention.scaled_dot_product_attention(q, k, v),
        "Your function takes q, k and v only. Give it the keyword causal=True, as in the stub, and mask only then.",
    ),
    Misconception(
        "each token sees the next one",
        attention_with(allowed=lambda q: torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril(diagonal=1)),
        "Your mask begins one column too late, so each token sees the one after it: triu(diagonal=1) is what must be "
        "masked.",
    ),
    Misconception(
        "masked scores set to a number that can be the largest",
        attention_with(fill=-1e4),
        "The number that you fill with is below most scores, but not below every one: beside allowed scores that are "
        "lower still, the masked ones take all the weight. Fill with −inf.",
    ),
    Misconception(
        "no gradient for k",
        attention_with(scores=lambda q, k: q @ swap(k.detach())),
        "The output is right, but no gradient reaches k: torch.tensor(…), .detach(), .data or no_grad on the way cuts "
        "it off. Work on with the tensor itself.",
    ),
)
