"""Exercise 1 of lesson 08: predict the deviation of 12 layers."""

import math

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.initialization import STD, residual_std


def predict_residual_std() -> float:
    """0.02 / √(2·12) = 0.00408."""
    return residual_std(12)


EXERCISE = Exercise(
    name="predict_residual_std",
    reference=predict_residual_std,
    forbidden=("course_lib.initialization.residual_std",),
    cases=single_case,
    misconceptions=(
        Misconception(
            "divided by √12",
            lambda: STD / math.sqrt(12),
            "That counts one addition a block; attention and MLP both add, so there are 24.",
        ),
        Misconception(
            "divided by 24 without the root",
            lambda: STD / 24,
            "Variances add up; the deviation shrinks with the root of 24, which is about 4.9.",
        ),
        Misconception(
            "no scaling",
            lambda: STD,
            "0.02 is what the other weights start with; this one writes into the stream.",
        ),
        Misconception(
            "the variance",
            lambda: STD**2 / 24,
            "That is the variance, 0.02² / 24. The question asks for the standard deviation, its root.",
        ),
        Misconception(
            "0.02 forgotten",
            lambda: 1 / math.sqrt(24),
            "1/√24 is the factor. It multiplies 0.02, the deviation of the other weights.",
        ),
        Misconception(
            "multiplied by √24",
            lambda: STD * math.sqrt(24),
            "What writes into the stream starts smaller in a deeper model: divide by √24.",
        ),
        Misconception(
            "the fifth block for the depth",
            lambda: STD / math.sqrt(2 * 5),
            "All blocks start alike. What counts is how many there are, 12, not which one it is.",
        ),
        Misconception(
            "the blocks so far",
            lambda: STD / math.sqrt(5),
            "All blocks start alike. What counts is how many there are, 12, with two additions each.",
        ),
        Misconception(
            "Xavier's rule",
            lambda: 1 / math.sqrt(400),
            "That is a rule by the layer's width. GPT-2 starts with 0.02, here divided by the root of the number of "
            "additions.",
        ),
        Misconception(
            "divided by 12",
            lambda: STD / 12,
            "There are 24 additions, two a block, and it is their root that divides: variances add up.",
        ),
        Misconception(
            "rounded too early",
            lambda: 0.004,
            "That is right to three decimals, and five are asked for. An expression will do: no rounding at all.",
        ),
        Misconception(
            "2 outside the root",
            lambda: STD / (2 * math.sqrt(12)),
            "There are 24 additions, and the root is taken of their number: √24, not 2·√12.",
        ),
        Misconception(
            "0.02 under the root",
            lambda: math.sqrt(STD / 24),
            "The root is taken of the number of additions only: 0.02 stands before it, 0.02 / √24.",
        ),
        Misconception(
            "the additions so far",
            lambda: STD / math.sqrt(2 * 5 - 1),
            "All blocks start alike, whichever it is. What counts is how many additions the whole model makes: 24.",
        ),
    ),
    hints=(
        "How many times does a model of 12 blocks add something to its residual stream?",
        "Twice a block: 24 times. The variances of 24 independent additions add up to 24 times one of them.",
        "0.02 / √24. The root of 24 is about 4.9.",
    ),
    review="lesson 08, 'The rules, as data'",
    tolerance=5e-5,
)
