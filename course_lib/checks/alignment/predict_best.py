"""Lesson 17, exercise 8: predict the best policy."""

import math

from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

LN2 = math.log(2)


def predict_best() -> tuple[float, float, float, float]:
    """π* of the third answer, its mean reward, its KL and J, for 1/2, 1/4, 1/4 with rewards 0, ln 2, ln 4; β = 1."""
    return 0.5, 1.25 * LN2, 0.25 * LN2, LN2


INGREDIENTS = (
    Ingredient(
        0.5,
        (
            Slip(1.0, "the weight before it is divided by Z", "1/4 · 4 = 1 must still be divided by Z = 2."),
            Slip(4 / 7, "without the reference", "exp(r) alone is 1, 2, 4. Weigh it with the reference: 1/2, 1/2, 1."),
            Slip(0.25, "the reference itself", "That is π_ref. Rewards move it: 1/4 · exp(ln 4) = 1, over Z = 2."),
        ),
    ),
    Ingredient(
        1.25 * LN2,
        (
            Slip(0.75 * LN2, "the reference's reward", "That is the mean under π_ref; asked for is that of π*."),
            Slip(2 * LN2, "the largest reward", "π* draws the third answer only half of the time."),
            Slip(LN2, "the mean of the three rewards", "Weigh each reward with its probability: 1/4, 1/4, 1/2."),
        ),
    ),
    Ingredient(
        0.25 * LN2,
        (
            Slip(0.0, "no KL", "π* is not the reference, so KL is above 0."),
            Slip(0.25, "bits", "Asked for are nats: the natural logarithm."),
            Slip(-0.25 * LN2, "the sign turned round", "KL is never below 0: Σ π* log(π*/π_ref)."),
            Slip(0.5 * LN2, "a term forgotten", "The first answer has become rarer: 1/4 · ln(1/2) is below 0."),
        ),
    ),
    Ingredient(
        LN2,
        (
            Slip(1.5 * LN2, "KL added", "J is the reward minus β KL."),
            Slip(2.0, "Z itself", "J(π*) = β log Z, and Z = 2."),
            Slip(1.25 * LN2, "the reward alone", "KL has a price: subtract it."),
        ),
    ),
)

EXERCISE = Exercise(
    name="predict_best",
    reference=predict_best,
    cases=single_case,
    tolerance=0.006,  # two digits are enough
    misconceptions=misconceptions_of(INGREDIENTS, lambda *numbers: numbers),
    hints=(
        "exp(0), exp(ln 2) and exp(ln 4) are whole numbers.",
        "Weights 1/2, 1/2, 1: divide by their sum, and you have π*. ln 2 is 0.693.",
        "π* is 1/4, 1/4, 1/2; KL = 1/4 · ln(1/2) + 1/4 · ln 1 + 1/2 · ln 2; J = ln 2.",
    ),
    review="lesson 17, section 2, 'The best policy there is'",
)
