"""Exercise 1 of lesson 05: GELU, exact."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception, Property
from course_lib.checks.mlp.curves import curve_cases, difference_of_both_sides_is_x, for_single_numbers, tanh_form
from course_lib.checks.mlp.slots.gelu import VARIANTS

EXERCISE = Exercise(
    name="gelu",
    reference=mlp.gelu,
    forbidden=(
        "torch.nn.functional.gelu",
        "torch.nn.GELU",
    ),
    variants=VARIANTS,
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
        Misconception(
            "erf divided by √2, not x",
            lambda x: x * (1 + torch.erf(x) / math.sqrt(2)) / 2,
            "You divide the result of erf by √2. It is x that is divided, inside: erf(x / √2).",
        ),
        Misconception(
            "x multiplied by √2",
            lambda x: x * (1 + torch.erf(x * math.sqrt(2))) / 2,
            "Inside erf x is divided by √2, not multiplied by it.",
        ),
        Misconception(
            "x divided by 2",
            lambda x: x * (1 + torch.erf(x / 2)) / 2,
            "Inside erf x is divided by √2, not by 2.",
        ),
        Misconception(
            "only the 1 halved",
            lambda x: x * (0.5 + torch.erf(x / math.sqrt(2))),
            "0.5 * 1 + erf(…) halves the 1 alone. The half multiplies the whole sum: 0.5 * (1 + erf(…)).",
        ),
        Misconception(
            "only erf halved",
            lambda x: x * (1 + torch.erf(x / math.sqrt(2)) / 2),
            "1 + erf(…) / 2 halves erf alone. The half multiplies the whole sum: (1 + erf(…)) / 2.",
        ),
        Misconception(
            "the 1 forgotten",
            lambda x: x * torch.erf(x / math.sqrt(2)) / 2,
            "erf runs from −1 to 1. 1 + erf, halved, runs from 0 to 1 as a probability does.",
        ),
        Misconception(
            "1 − erf",
            lambda x: x * (1 - torch.erf(x / math.sqrt(2))) / 2,
            "(1 − erf) / 2 is the probability of a larger number. GELU takes that of a smaller one: 1 + erf.",
        ),
        Misconception(
            "tanh for erf",
            lambda x: x * (1 + torch.tanh(x / math.sqrt(2))) / 2,
            "tanh looks like erf but is another curve. Use torch.erf.",
        ),
        Misconception(
            "a function for single numbers",
            for_single_numbers(lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
            "math.erf takes one number, not a tensor, and knows nothing of gradients. Use torch.erf.",
        ),
        Misconception(
            "squared",
            lambda x: x * x * (1 + torch.erf(x / math.sqrt(2))) / 2,
            "x is in your product twice. GELU is x times the probability.",
        ),
    ),
    hints=(
        "GELU is x times a probability. Write the probability first: it is 0.5 for x = 0.",
        "torch.erf runs from −1 to 1. Shift it and halve it to get from 0 to 1; mind the √2 inside.",
        "x * (1 + torch.erf(x / math.sqrt(2))) / 2",
    ),
    review="lesson 05, 'GELU and its relatives'",
)
