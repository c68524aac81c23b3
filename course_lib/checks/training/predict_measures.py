"""Lesson 11, exercise 1: what a loss means."""

import math

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def predict_measures() -> tuple[float, float, float]:
    """Perplexity e^1.5, bits per token 1.5 / ln 2, and bits per byte, 4.2 bytes to a token."""
    loss, bytes_a_token = 1.5, 4.2
    bits = loss / math.log(2)
    return math.exp(loss), bits, bits / bytes_a_token


EXERCISE = Exercise(
    name="predict_measures",
    reference=predict_measures,
    cases=single_case,
    misconceptions=(
        Misconception(
            "perplexity with base 2",
            lambda: (2**1.5, 1.5 / math.log(2), 1.5 / math.log(2) / 4.2),
            "The loss is in nats, so perplexity is e to its power. 2 to the power is for a loss in bits.",
        ),
        Misconception(
            "nats taken for bits",
            lambda: (math.exp(1.5), 1.5, 1.5 / 4.2),
            "A nat is 1/ln 2 = 1.44 bits: divide the loss by ln 2.",
        ),
        Misconception(
            "multiplied by ln 2",
            lambda: (math.exp(1.5), 1.5 * math.log(2), 1.5 * math.log(2) / 4.2),
            "There are more bits than nats in the same uncertainty, so the number must grow: divide by ln 2.",
        ),
        Misconception(
            "multiplied by the bytes",
            lambda: (math.exp(1.5), 1.5 / math.log(2), 1.5 / math.log(2) * 4.2),
            "The bits of a token are shared by its 4.2 bytes, so a byte costs less than a token.",
        ),
        Misconception(
            "e to the bits",
            lambda: (math.exp(1.5 / math.log(2)), 1.5 / math.log(2), 1.5 / math.log(2) / 4.2),
            "Perplexity is e to the nats, or 2 to the bits. Yours is e to the bits.",
        ),
        Misconception(
            "nats per byte",
            lambda: (math.exp(1.5), 1.5 / math.log(2), 1.5 / 4.2),
            "The third number is in nats: divide the bits of a token by its 4.2 bytes.",
        ),
        Misconception(
            "the loss taken for the perplexity",
            lambda: (1.5, 1.5 / math.log(2), 1.5 / math.log(2) / 4.2),
            "The perplexity is e to the power of the loss: among so many tokens the model hesitates.",
        ),
        Misconception(
            "p in place of 1/p",
            lambda: (math.exp(-1.5), 1.5 / math.log(2), 1.5 / math.log(2) / 4.2),
            "e^−1.5 is the probability of such a token. The perplexity is 1 over it.",
        ),
        Misconception(
            "8 bits to a byte",
            lambda: (math.exp(1.5), 1.5 / math.log(2), 1.5 / math.log(2) / (8 * 4.2)),
            "A byte of text, as it is stored, has 8 bits, but that is not asked. Divide the bits of a token by its "
            "4.2 bytes.",
        ),
        Misconception(
            "logarithm to base 10",
            lambda: (math.exp(1.5), 1.5 / math.log10(2), 1.5 / math.log10(2) / 4.2),
            "Divide by the natural logarithm of 2, 0.693; you divide by that to base 10.",
        ),
        Misconception(
            "ln 2 on the wrong side, per byte",
            lambda: (math.exp(1.5), 1.5 / math.log(2), 1.5 * math.log(2) / 4.2),
            "The third number is the second one over 4.2: the bits of a token are shared by its bytes. You multiply "
            "by ln 2 there.",
        ),
        Misconception(
            "bytes over bits",
            lambda: (math.exp(1.5), 1.5 / math.log(2), 4.2 / (1.5 / math.log(2))),
            "The third number is upside down: bits of a token over its 4.2 bytes.",
        ),
    ),
    hints=(
        "The loss is a mean of −ln p. What is the p of a token that has exactly this loss?",
        "Perplexity is 1/p, so e to the power of the loss. A nat has 1/ln 2 bits.",
        "(e^1.5, 1.5 / ln 2, 1.5 / ln 2 / 4.2)",
    ),
    review="lesson 11, 'What a loss says'",
    tolerance=5e-3,
)
