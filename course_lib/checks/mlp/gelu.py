"""Exercise 1 of lesson 05: GELU, exact."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception, Property
from course_lib.checks.mlp.curves import curve_cases, difference_of_both_sides_is_x, tanh_form

EXERCISE = Exercise(
    name="gelu",
    reference=mlp.gelu,
    forbidden=(
        "torch.nn.functional.gelu",
        "torch.nn.GELU",
    ),
    cases=curve_cases,
    drive=drive.call_with_gradient,
    properties=(Property("the results for x and −x differ by x", difference_of_both_sides_is_x),),
    misconceptions=(
        Misconception(
            "x not divided by √2",
            lambda x: x * (1 + torch.erf(x)) / 2,
            "erf belongs to a bell curve with deviation 1/√2; Φ(x) = (1 + erf(x / √2)) / 2.",
        ),
        Misconception(
            "the half forgotten",
            lambda x: x * (1 + torch.erf(x / math.sqrt(2))),
            "1 + erf(…) runs from 0 to 2. A probability runs from 0 to 1, so halve it.",
        ),
        Misconception(
            "Φ alone",
            lambda x: (1 + torch.erf(x / math.sqrt(2))) / 2,
            "That is the probability Φ(x). GELU multiplies x by it.",
        ),
        Misconception(
            "the density in place of Φ",
            lambda x: x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi),
            "The bell curve itself says how likely numbers near x are; Φ(x) is the area under it to the left of x.",
        ),
        Misconception(
            "the tanh form",
            tanh_form,
            "That is the approximation, which the next exercise asks for. This one uses torch.erf.",
        ),
        Misconception(
            "SiLU",
            lambda x: x * torch.sigmoid(x),
            "x·σ(x) is SiLU. The logistic curve σ looks like Φ but is wider: GELU needs the normal distribution.",
        ),
        Misconception(
            "the approximation x·σ(1.702·x)",
            lambda x: x * torch.sigmoid(1.702 * x),
            "That is a rougher approximation from the same paper. This exercise asks for the exact form.",
        ),
        Misconception(
            "ReLU",
            torch.relu,
            "max(0, x) has a corner at 0. GELU weights x by a probability, so it passes 0 smoothly.",
        ),
    ),
    hints=(
        "GELU is x times a probability. Write the probability first: it is 0.5 for x = 0.",
        "torch.erf runs from −1 to 1. Shift it and halve it to get from 0 to 1; mind the √2 inside.",
        "x * (1 + torch.erf(x / math.sqrt(2))) / 2",
    ),
    review="lesson 05, 'GELU and its relatives'",
)
