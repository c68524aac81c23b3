"""Exercise 5 of lesson 03: mend a mask that is applied after the softmax."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_lib import attention
from course_lib.checks.attention.masking import mask_after
from course_lib.checks.attention.parts import draw
from course_lib.checks.attention.slots.masked_softmax import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def masked_softmax(scores: Float[Tensor, "*batch T T"]) -> Float[Tensor, "*batch T T"]:
    """Weights of causal attention, from scores of any finite size."""
    return _masked_softmax_with()(scores)


def score_cases(generator: torch.Generator) -> list[Case]:
    """Two tokens by hand, a batch, a future whose scores leave nothing for the past, and a past of very low scores."""
    steep = torch.tensor([[0.0, 300.0], [0.0, 0.0]])
    low = torch.tensor([[-20_000.0, 0.0], [-20_000.0, -20_000.0]])
    B, H, T = (draw(generator, low, low + 2) for low in (2, 4, 7))
    shape = (B, H, T, T)
    return [
        Case((torch.tensor([[0.0, 0.0], [math.log(3), 0.0]]),), label="2 tokens"),
        Case((torch.randn(3, 3, generator=generator),), label="3 tokens"),
        Case((torch.randn(shape, generator=generator),), label=f"scores of shape {shape}"),
        Case((steep,), label="a future score of 300"),
        Case((low,), label="allowed scores of −20,000"),
        Case((torch.randn(T + 1, T + 1, generator=generator),), label=f"{T + 1} tokens"),
    ]


def _future_has_no_say(call: Call, generator: torch.Generator) -> None:
    scores = torch.randn(6, 6, generator=generator)
    changed = scores + 5 * torch.rand(6, 6, generator=generator).triu(diagonal=1)
    before, after = call(scores), call(changed)
    if not torch.allclose(before, after, atol=1e-5):
        row = int((before - after).abs().amax(dim=-1).argmax())
        raise Failed(
            f"6 tokens: only scores of future keys were changed, and the weights of query {row} went from "
            f"{[round(w, 3) for w in before[row].tolist()]} to {[round(w, 3) for w in after[row].tolist()]}"
        )


def _masked_softmax_with(
    *,
    allowed: Callable[[int], Bool[Tensor, "T T"]] = attention.causal_mask,
    fill: float = -math.inf,
    dim: int = -1,
) -> Callable[[Tensor], Tensor]:
    def masked_softmax(scores: Tensor) -> Tensor:
        return torch.softmax(scores.masked_fill(~allowed(scores.shape[-1]), fill), dim=dim)

    return masked_softmax


def _mask_after_and_renormalise(scores: Tensor, eps: float = 0.0) -> Tensor:
    weights = mask_after(scores)
    return weights / (weights.sum(dim=-1, keepdim=True) + eps)


def _future_of(scores: Tensor) -> Tensor:
    return (~attention.causal_mask(scores.shape[-1])).to(scores.dtype)


_without_the_diagonal = _masked_softmax_with(allowed=lambda T: attention.causal_mask(T).tril(diagonal=-1))

EXERCISE = Exercise(
    name="masked_softmax",
    reference=masked_softmax,
    variants=VARIANTS,
    cases=score_cases,
    properties=(Property("the scores of future keys have no say", _future_has_no_say),),
    misconceptions=(
        Misconception(
            "mask after the softmax",
            mask_after,
            "The softmax has already divided by a sum that contains the future, so the rows no longer sum to 1. "
            "Mask the scores, then take the softmax.",
        ),
        Misconception(
            "mask after the softmax, then divided by the new sum",
            _mask_after_and_renormalise,
            "That is right on paper, but where the future has much larger scores, the allowed weights have already "
            "become 0, and 0 / 0 is nan. Mask the scores before the softmax.",
        ),
        Misconception(
            "mask after the softmax, and a small number in the division",
            lambda scores: _mask_after_and_renormalise(scores, eps=1e-9),
            "The small number prevents nan, not the mistake: where the future has much larger scores, the allowed "
            "weights have already become 0 and stay 0. Mask the scores before the softmax.",
        ),
        Misconception(
            "softmax taken twice",
            lambda scores: torch.softmax(mask_after(scores), dim=-1),
            "A second softmax gives the masked zeros a share again, as exp(0) = 1. Mask the scores, and take one "
            "softmax.",
        ),
        Misconception(
            "−inf times a mask of 0 and 1",
            lambda scores: torch.softmax(scores + _future_of(scores) * -math.inf, dim=-1),
            "Where the mask is 0, 0 · −inf is nan, and one nan makes nan of its row. Use masked_fill, or torch.where.",
        ),
        Misconception(
            "−inf put into the weights",
            lambda scores: torch.softmax(scores, dim=-1) + torch.full_like(scores, -math.inf).triu(1),
            "The −inf belongs to the scores, before the softmax, not to the weights.",
        ),
        Misconception(
            "scores and not weights",
            lambda scores: scores.masked_fill(_future_of(scores).bool(), -math.inf),
            "These are the masked scores. Take their softmax along the keys.",
        ),
        Misconception(
            "softmax over everything",
            lambda scores: torch.softmax(
                scores.masked_fill(_future_of(scores).bool(), -math.inf).flatten(), dim=0
            ).view(scores.shape),
            "All weights together sum to 1. Each row should: dim=-1.",
        ),
        Misconception(
            "masked scores set to 0",
            _masked_softmax_with(fill=0.0),
            "A score of 0 is an ordinary score: exp(0) = 1. What gets no weight at all is a score of −inf.",
        ),
        Misconception(
            "masked scores set to a number that can be the largest",
            _masked_softmax_with(fill=-100.0),
            "The number that you fill with is below most scores, but not below every one: beside allowed scores that "
            "are lower still, the masked ones take all the weight. Fill with −inf.",
        ),
        Misconception(
            "the allowed scores are masked",
            _masked_softmax_with(allowed=lambda T: ~attention.causal_mask(T)),
            "The mask is True where attending is allowed, and you filled just there. Fill where it is not: ~mask.",
        ),
        Misconception(
            "mask transposed",
            _masked_softmax_with(allowed=lambda T: attention.causal_mask(T).T),
            "Each query sees the future and not the past: rows and columns of the mask are exchanged.",
        ),
        Misconception(
            "softmax over the queries",
            _masked_softmax_with(dim=-2),
            "The columns sum to 1. Each query shares out its own attention, so the rows should: dim=-1, the keys.",
        ),
        Misconception(
            "softmax along dimension 1",
            _masked_softmax_with(dim=1),
            "Dimension 1 is the keys only if there is no batch. Count from the end: dim=-1.",
        ),
        Misconception(
            "mask of the wrong length",
            lambda scores: torch.softmax(
                scores.masked_fill(~attention.causal_mask(scores.shape[1]), -math.inf), dim=-1
            ),
            "shape[1] is the number of tokens only if there is no batch. Count from the end: scores.shape[-1].",
        ),
        Misconception(
            "a token does not see itself",
            _without_the_diagonal,
            "The diagonal is masked too, so the first row has no key left and becomes nan.",
        ),
        Misconception(
            "divided by √T as well",
            lambda scores: _masked_softmax_with()(scores / math.sqrt(scores.shape[-1])),
            "These are scores, divided by √d before. Do not scale them again, and the number of tokens is not d.",
        ),
        Misconception(
            "a token does not see itself, and nan hidden as 0",
            lambda scores: _without_the_diagonal(scores).nan_to_num(),
            "The diagonal is masked too, so the first row has no key left; its nan is only hidden. A token sees "
            "itself.",
        ),
    ),
    hints=(
        "Add up a row of what the broken code returns. What should the sum be, and where did the rest go?",
        "The sum in the softmax must not contain the future. So what has to happen first?",
        "Fill the scores with −inf where ~mask is True, and take the softmax of that.",
    ),
    review="lesson 03, section 6, 'Three ways to get the mask wrong'",
)
