"""Exercise 5 of lesson 08: the scale of tied logits."""

import math

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.initialization import STD


def predict_logit_deviation() -> float:
    """0.02·√400: each logit is a sum of 400 products of a unit-variance number and one with deviation 0.02."""
    return STD * math.sqrt(400)


EXERCISE = Exercise(
    name="predict_logit_deviation",
    reference=predict_logit_deviation,
    cases=single_case,
    misconceptions=(
        Misconception(
            "times C, without the root",
            lambda: STD * 400,
            "The variances of the 400 products add up, so the deviation grows with the root of 400.",
        ),
        Misconception(
            "the weight's own deviation",
            lambda: STD,
            "That is the deviation of one weight; a logit is the sum of 400 products.",
        ),
        Misconception(
            "the variance",
            lambda: STD**2 * 400,
            "That is the variance of a logit; the deviation is its root.",
        ),
        Misconception(
            "divided by the root",
            lambda: STD / math.sqrt(400),
            "A sum of independent terms spreads more than one of them, not less: multiply by the root.",
        ),
        Misconception(
            "the norm's deviation",
            lambda: 1.0,
            "The norm gives its output the variance 1. A logit is a sum of 400 products of these numbers with weights "
            "of "
            "deviation 0.02.",
        ),
        Misconception(
            "the course's width",
            lambda: STD * math.sqrt(100),
            "That is for C = 100. This model has a width of 400.",
        ),
        Misconception(
            "0.02 squared",
            lambda: STD**2 * math.sqrt(400),
            "One factor of each product has variance 1, the other 0.02²: the deviation of a product is 0.02, not "
            "0.02².",
        ),
        Misconception(
            "the weights forgotten",
            lambda: math.sqrt(400),
            "√400 would be right for weights of deviation 1. They have 0.02.",
        ),
        Misconception(
            "one over the root",
            lambda: 1 / math.sqrt(400),
            "That is a rule for a layer's weights. These have deviation 0.02, and 400 products of them are summed: "
            "0.02 · √400.",
        ),
    ),
    hints=(
        "A logit is a dot product: how many products are summed?",
        "400 products, each of a number with variance 1 and a weight with variance 0.02². And their sum?",
        "The variance is 400 · 0.02², so the deviation is 20 · 0.02.",
    ),
    review="lesson 08, 'The tied head and the first loss'",
    tolerance=1e-3,
)
