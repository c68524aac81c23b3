"""Lesson 12, exercise 4: predict entropies."""

import math

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

HALF_QUARTER = (0.5, 0.25, 0.125, 0.125)  # a distribution of which everything can be done in the head


def entropy_bits(*probabilities: float) -> float:
    """−Σ p log₂ p of chances that are first made to add up to 1; 0 where p is 0."""
    total = sum(probabilities)
    return -sum(p / total * math.log2(p / total) for p in probabilities if p > 0)


def predict_entropies() -> tuple[float, float, float, float]:
    """Bits of 1/2, 1/4, 1/8, 1/8: as it is; temperature near 0; temperature without end; top-p with p = 0.6."""
    return entropy_bits(*HALF_QUARTER), 0.0, 2.0, entropy_bits(0.5, 0.25)


INGREDIENTS = (
    Ingredient(
        entropy_bits(*HALF_QUARTER),
        (
            Slip(
                2.0,
                "as if all four were equal",
                "Four equal tokens would have 2 bits. These are not equal: Σ p log₂(1/p).",
            ),
            Slip(
                1.0, "only the likeliest", "log₂(1/p) of the likeliest is 1 bit. The entropy is the mean over all four."
            ),
            Slip(1.5, "a term forgotten", "There are four terms: 1/2·1, 1/4·2, and 1/8·3 twice."),
            Slip(1.375, "an eighth forgotten", "1/8·3 is there twice."),
        ),
    ),
    Ingredient(
        0.0,
        (
            Slip(
                1.0,
                "two equal tokens at a low temperature",
                "Near 0 one token takes all, and what is certain has an entropy of 0.",
            ),
            Slip(1.75, "a low temperature without effect", "Near 0 the most likely token takes all: nothing is open."),
            Slip(2.0, "all equal at a low temperature", "Near 0 the most likely token takes all: nothing is open."),
        ),
    ),
    Ingredient(
        2.0,
        (
            Slip(
                entropy_bits(*HALF_QUARTER),
                "a high temperature without effect",
                "Logits divided by a very large number are all nearly 0, and so the four tokens equally likely.",
            ),
            Slip(4.0, "the number of tokens", "Four equal tokens have log₂ 4 = 2 bits."),
            Slip(1.0, "two tokens at a high temperature", "All four tokens become equally likely: log₂ 4 bits."),
            Slip(0.0, "nothing open at a high temperature", "All four tokens become equally likely: log₂ 4 bits."),
            Slip(math.inf, "entropy without end", "The entropy of four tokens is never above log₂ 4 = 2 bits."),
            Slip(3.0, "eight tokens", "There are four tokens: log₂ 4 bits."),
        ),
    ),
    Ingredient(
        entropy_bits(0.5, 0.25),
        (
            Slip(
                0.0,
                "the crossing token dropped",
                "1/2 alone does not reach 0.6: the token that crosses p stays, so there are two left.",
            ),
            Slip(
                1.0,
                "not made to add up to 1",
                "1 bit would be two equal chances. After top-p the two that are left add up to 1 again: 2/3 and 1/3.",
            ),
            Slip(
                entropy_bits(*HALF_QUARTER),
                "top-p without effect",
                "Top-p at 0.6 leaves two tokens: 1/2, and 1/4 that crosses p.",
            ),
            Slip(
                entropy_bits(0.5, 0.25, 0.125),
                "one token too many in top-p",
                "1/2 and 1/4 are 0.75 together, more than 0.6: the third token is not needed.",
            ),
            Slip(
                entropy_bits(0.5, 0.25) * math.log(2),
                "the fourth in nats",
                "The fourth is in nats: the logarithm is to base 2.",
            ),
        ),
    ),
)

SLIPS = misconceptions_of(INGREDIENTS, lambda *bits: bits)

NAMED = (
    Misconception(
        "nats for bits",
        lambda: tuple(bits * math.log(2) for bits in predict_entropies()),
        "The logarithm is to base 2: 1/2 has 1 bit, 1/4 has 2.",
    ),
    Misconception(
        "low and high temperature swapped",
        lambda: (entropy_bits(*HALF_QUARTER), 2.0, 0.0, entropy_bits(0.5, 0.25)),
        "Near 0 the most likely token takes all, and nothing is open. High temperatures make all four equal.",
    ),
    Misconception(
        "minus sign forgotten",
        lambda: tuple(-bits for bits in predict_entropies()),
        "log₂ of a probability is negative; the entropy is −Σ p log₂ p, never below 0.",
    ),
    Misconception(
        "logarithms not weighted",
        lambda: (9.0, 0.0, 8.0, entropy_bits(0.5, 0.25)),
        "You add up the logarithms. The entropy is their mean: each log₂(1/p) is weighted with its p.",
    ),
    Misconception(
        "the number of choices",
        lambda: (2 ** entropy_bits(*HALF_QUARTER), 1.0, 4.0, 2 ** entropy_bits(0.5, 0.25)),
        "That is the perplexity, 2 to the power of the entropy. Asked for are the bits.",
    ),
)

EXERCISE = Exercise(
    name="predict_entropies",
    reference=predict_entropies,
    cases=single_case,
    tolerance=0.006,  # two digits are enough
    misconceptions=(*NAMED, *(slip for slip in SLIPS if slip.mutant() not in [named.mutant() for named in NAMED])),
    hints=(
        "Entropy in bits is the mean of log₂(1/p). For p = 1/2, 1/4, 1/8 that logarithm is 1, 2, 3.",
        "Near 0: one token with p = 1. Without end: four with p = 1/4. Top-p: chances of 2 to 1.",
        "1/2·1 + 1/4·2 + 2·1/8·3; log₂(1); log₂(4); 2/3·log₂(3/2) + 1/3·log₂(3)",
    ),
    review="lesson 12, 'How much is left open'",
)
