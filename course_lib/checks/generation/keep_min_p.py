"""Lesson 12, exercise 3: min-p."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.generation.inputs import drawn_logits, drawn_share, drawn_size, logits_of
from course_lib.checks.generation.slots.keep_min_p import VARIANTS


def keep_min_p(logits: Tensor, p: float) -> Tensor:
    """−inf for all tokens that are less than p times as likely as the most likely one of their row."""
    probabilities = torch.softmax(logits, dim=-1)
    return logits.masked_fill(probabilities < p * probabilities.amax(dim=-1, keepdim=True), -math.inf)


def min_p_with(removed: Callable[[Tensor, Tensor, float], Tensor]) -> Callable[[Tensor, float], Tensor]:
    """`keep_min_p` with another rule for what is removed (logits, probabilities, p)."""

    def mutant(logits: Tensor, p: float) -> Tensor:
        return logits.masked_fill(removed(logits, torch.softmax(logits, dim=-1), p), -math.inf)

    return mutant


def min_p_cases(generator: torch.Generator) -> list[Case]:
    """A sure model and an unsure one at the same p; then two rows; then a tie at the border; then drawn ones."""

    def drawn(B: int, V: int, p: float) -> Case:
        return Case((drawn_logits(generator, B, V), p), label=f"B = {B}, V = {V}, p = {p:.2f}")

    sure, unsure = logits_of(0.9, 0.06, 0.04), logits_of(0.3, 0.25, 0.2, 0.15, 0.1)
    two = torch.cat([logits_of(0.8, 0.15, 0.03, 0.02), logits_of(0.4, 0.3, 0.2, 0.1)])
    return [
        Case((sure, 0.05), label="probabilities 0.9, 0.06, 0.04, and p = 0.05: the border is 0.045"),
        Case((unsure, 0.6), label="probabilities 0.3, 0.25, 0.2, 0.15, 0.1, and p = 0.6: the border is 0.18"),
        Case((unsure + 7, 0.6), label="the same with 7 added to all logits, which changes no probability"),
        Case((two, 0.3), label="a sure row and an unsure one"),
        Case((torch.tensor([[1.5, 0.0, 1.5, -3.0]]), 1.0), label="p = 1, and two tokens are the most likely"),
        drawn(3, drawn_size(generator, 7, 12), 0.1),
        drawn(drawn_size(generator, 2, 5), 9, drawn_share(generator, 0.02, 0.4)),
    ]


EXERCISE = Exercise(
    name="keep_min_p",
    reference=keep_min_p,
    variants=VARIANTS,
    cases=min_p_cases,
    forbidden=("course_lib.generation.min_p",),
    misconceptions=(
        Misconception(
            "an absolute border",
            min_p_with(lambda logits, probabilities, p: probabilities < p),
            "p is a share of the largest probability, so that the border moves with how sure the model is.",
        ),
        Misconception(
            "a share of the largest logit",
            min_p_with(lambda logits, probabilities, p: logits < p * logits.amax(dim=-1, keepdim=True)),
            "You compare logits. Add 7 to all of them, and your choice changes, but no probability has.",
        ),
        Misconception(
            "the largest of the whole batch",
            min_p_with(lambda logits, probabilities, p: probabilities < p * probabilities.amax()),
            "Each row has its own most likely token: amax(dim=-1, keepdim=True).",
        ),
        Misconception(
            "the likely ones removed",
            min_p_with(lambda logits, probabilities, p: probabilities >= p * probabilities.amax(-1, keepdim=True)),
            "The wrong way round: what is less than p times as likely as the best goes.",
        ),
        Misconception(
            "removed with 0",
            lambda logits, p: keep_min_p(logits, p).masked_fill(keep_min_p(logits, p).isinf(), 0.0),
            "A logit of 0 is not a probability of 0: e⁰ = 1. Use −inf, whose exponential is 0.",
        ),
        Misconception(
            "probabilities returned",
            lambda logits, p: torch.softmax(keep_min_p(logits, p), dim=-1),
            "Return logits, as they came, with −inf where a token goes; the softmax comes at the very end.",
        ),
        Misconception(
            "what is exactly at the border removed",
            min_p_with(lambda logits, probabilities, p: probabilities <= p * probabilities.amax(-1, keepdim=True)),
            "Only what is less than p times as likely goes: <, not <=. At p = 1 even the most likely token would go.",
        ),
        Misconception(
            "probabilities in place of logits",
            lambda logits, p: torch.softmax(logits, dim=-1).masked_fill(keep_min_p(logits, p).isinf(), -math.inf),
            "What stays is a probability in your result. Return the logits as they came, with −∞ where a token goes.",
        ),
        Misconception(
            "a large negative number for −∞",
            lambda logits, p: keep_min_p(logits, p).masked_fill(keep_min_p(logits, p).isinf(), -1e9),
            "A large negative number is not −∞: use float('-inf'), so that the probability is 0 whatever the logits "
            "are.",
        ),
        Misconception(
            "a distance from the largest",
            min_p_with(lambda logits, probabilities, p: probabilities < probabilities.amax(-1, keepdim=True) - p),
            "You subtract p from the largest probability. The border is p times the largest.",
        ),
        Misconception(
            "softmax over the batch",
            lambda logits, p: keep_min_p(logits.T, p).T,
            "Each row is a distribution over the vocabulary: dim=-1, for the softmax and for the largest.",
        ),
        Misconception(
            "the least likely as the measure",
            min_p_with(lambda logits, probabilities, p: probabilities < p * probabilities.amin(-1, keepdim=True)),
            "The border is a share of the largest probability of the row, not of the smallest.",
        ),
        Misconception(
            "the mean as the measure",
            min_p_with(lambda logits, probabilities, p: probabilities < p * probabilities.mean(-1, keepdim=True)),
            "The border is a share of the largest probability of the row, not of the mean.",
        ),
        Misconception(
            "divided by p",
            min_p_with(lambda logits, probabilities, p: probabilities < probabilities.amax(-1, keepdim=True) / p),
            "You divide the largest probability by p, which makes a border that nothing reaches. Multiply it by p.",
        ),
        Misconception(
            "a distance between logits",
            min_p_with(lambda logits, probabilities, p: logits < logits.amax(-1, keepdim=True) - p),
            "You compare logits, and subtract p. p times as likely is a ratio of probabilities: in logits a distance "
            "of −ln p.",
        ),
        Misconception(
            "the unlikely kept",
            min_p_with(lambda logits, probabilities, p: probabilities > p * probabilities.amax(dim=-1, keepdim=True)),
            "You remove what is more likely than the border. It is the less likely ones that go: <, not >.",
        ),
    ),
    hints=(
        "With p = 0.1 a token stays that is at least a tenth as likely as the likeliest. Which one is that?",
        "probabilities = torch.softmax(logits, dim=-1); border = p * probabilities.amax(dim=-1, keepdim=True)",
        "return logits.masked_fill(probabilities < border, -math.inf)",
    ),
    review="lesson 12, 'Three ways to cut off the tail'",
)
