"""Lesson 19, exercise 3: where the token comes from when the draft's is refused."""

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.inference.inputs import drawn_law, drawn_size
from course_lib.checks.inference.slots.residual_distribution import VARIANTS


def residual_distribution(p: Tensor, q: Tensor) -> Tensor:
    """max(0, p − q), made to add up to 1; p itself where nothing is missing."""
    missing = (p - q).clamp(min=0)
    return missing / missing.sum() if missing.sum() > 0 else p


def all_of_p(p: Tensor, q: Tensor) -> Tensor:
    """p where it is larger than q, made to add up to 1."""
    kept = p * (p > q)
    return kept / kept.sum() if kept.sum() > 0 else p


def residual_cases(generator: torch.Generator) -> list[Case]:
    """Three tokens by hand, one missing token, equal distributions, a draft that is sure, drawn ones."""
    V = drawn_size(generator, 4, 8)
    p = drawn_law(generator, V)
    sure = torch.zeros(V)
    sure[0] = 1.0
    return [
        Case((torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.25, 0.5, 0.25])), label="one token is missing"),
        Case((torch.tensor([0.5, 0.375, 0.125]), torch.tensor([0.25, 0.25, 0.5])), label="two tokens are missing"),
        Case((torch.tensor([0.25, 0.75]), torch.tensor([0.25, 0.75])), label="p = q"),
        Case((p, sure), label=f"V = {V}, and a draft that is sure of its token"),
        Case((drawn_law(generator, V), drawn_law(generator, V)), label=f"V = {V}"),
        Case((drawn_law(generator, 12), drawn_law(generator, 12)), label="V = 12"),
    ]


def together_they_are_the_target(call: Call, generator: torch.Generator) -> None:
    """What is accepted, min(p, q), and the share that is refused times the residual add up to p."""
    p, q = drawn_law(generator, 6), drawn_law(generator, 6)
    accepted = torch.minimum(p, q)
    total = accepted + (1 - accepted.sum()) * call(p, q)
    if not torch.allclose(total, p, atol=1e-5):
        raise Failed(f"min(p, q) + (share refused) · residual must be p = {p.tolist()}; here it is {total.tolist()}")


EXERCISE = Exercise(
    name="residual_distribution",
    reference=residual_distribution,
    variants=VARIANTS,
    cases=residual_cases,
    forbidden=("course_lib.inference.residual",),
    properties=(
        Property("accepted and replaced tokens together have the target's distribution", together_they_are_the_target),
    ),
    misconceptions=(
        Misconception(
            "even where p = q",
            lambda p, q: residual_distribution(p, q) if not torch.equal(p, q) else torch.full_like(p, 1 / len(p)),
            "Where `p` and `q` are equal, return `p`.",
        ),
        Misconception(
            "all of p where it is more",
            all_of_p,
            "Where `p` has more than `q`, you take all of `p`. The residual is only what it has more: p − q.",
        ),
        Misconception(
            "what is less left negative",
            lambda p, q: (p - q) / (p - q).sum() if not torch.equal(p, q) else p,
            "p − q adds up to 0. Where `p` has less the residual is 0: clamp(min=0) first.",
        ),
        Misconception(
            "a softmax",
            lambda p, q: torch.softmax((p - q).clamp(min=0), dim=0) if not torch.equal(p, q) else p,
            "A softmax gives every token a share. Divide what `p` has more by its sum.",
        ),
        Misconception(
            "not made to add up to 1",
            lambda p, q: (p - q).clamp(min=0) if not torch.equal(p, q) else p,
            "What is missing adds up to the share that is refused, and not to 1. Divide by the sum.",
        ),
        Misconception(
            "distance instead of what is missing",
            lambda p, q: (p - q).abs() / (p - q).abs().sum() if not torch.equal(p, q) else p,
            "|p − q| also holds the tokens that the draft gives too often. Take max(0, p − q).",
        ),
        Misconception(
            "target and draft swapped",
            lambda p, q: residual_distribution(q, p),
            "Missing is what the target has and the draft does not give: p − q, and not q − p.",
        ),
        Misconception(
            "the target itself",
            lambda p, q: p,
            "Drawn from p, the draft's favourites come too often: they were accepted already. Subtract q first.",
        ),
        Misconception(
            "the draft again",
            lambda p, q: q,
            "A second draw from the draft is not the target's. Draw from what the draft gives too rarely.",
        ),
        Misconception(
            "a softmax of the difference",
            lambda p, q: torch.softmax(p - q, dim=-1),
            "p − q are differences of probabilities, not logits. Cut off below 0 and divide by the sum.",
        ),
        Misconception(
            "a softmax of the difference, where there is one",
            lambda p, q: torch.softmax(p - q, dim=-1) if not torch.equal(p, q) else p,
            "p − q are differences of probabilities, not logits. Cut off below 0 and divide by the sum.",
        ),
        Misconception(
            "a softmax of what is missing",
            lambda p, q: torch.softmax((p - q).clamp(min=0), dim=-1),
            "A softmax gives every token a chance, those that are not missing too. Divide by the sum instead.",
        ),
        Misconception(
            "what both have",
            lambda p, q: torch.minimum(p, q) / torch.minimum(p, q).sum(),
            "min(p, q) is what is accepted. Replaced is from what is left: max(0, p − q).",
        ),
        Misconception(
            "negative chances",
            lambda p, q: (p - q) / (p - q).clamp(min=0).sum() if not torch.equal(p, q) else p,
            "Where q is larger, p − q is negative, and that is not a probability: clamp(min=0).",
        ),
        Misconception(
            "divided by zero where p = q",
            lambda p, q: (p - q).clamp(min=0) / (p - q).clamp(min=0).sum(),
            "With p = q nothing is missing, and 0 / 0 is NaN. Return p there.",
        ),
        Misconception(
            "zeros where p = q",
            lambda p, q: (p - q).clamp(min=0) / (p - q).clamp(min=0).sum().clamp(min=1e-12),
            "With p = q the result is 0 everywhere, from which nothing can be drawn. Return p there.",
        ),
        Misconception(
            "the most missing token alone",
            lambda p, q: (
                torch.nn.functional.one_hot((p - q).argmax(), len(p)).to(p.dtype) if not torch.equal(p, q) else p
            ),
            "All tokens that the draft gives too rarely have a chance, not only the one that is missing most.",
        ),
    ),
    hints=(
        "By hand: p = 0.5, 0.3, 0.2 and q = 0.25, 0.5, 0.25. Which tokens does the draft give too rarely?",
        "What is missing is (p - q).clamp(min=0). Does it add up to 1?",
        "missing / missing.sum() if missing.sum() > 0 else p",
    ),
    review="lesson 19, 'The rule'",
)
