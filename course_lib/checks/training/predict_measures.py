"""Lesson 11, exercise 3: what a loss means."""

import math

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def predict_measures() -> tuple[float, float, float]:
    """Perplexity e^1.5, bits a token 1.5 / ln 2, and bits a byte, 4.2 bytes to a token."""
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
    ),
    hints=(
        "The loss is a mean of −ln p. What is the p of a token that has exactly this loss?",
        "Perplexity is 1/p, so e to the power of the loss. A nat has 1/ln 2 bits.",
        "(e^1.5, 1.5 / ln 2, 1.5 / ln 2 / 4.2)",
    ),
    review="lesson 11, 'What a loss says'",
    tolerance=5e-3,
)
