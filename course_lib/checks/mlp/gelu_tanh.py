"""Exercise 2 of lesson 05: GELU by tanh."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception, Property
from course_lib.checks.mlp.curves import curve_cases, difference_of_both_sides_is_x, tanh_form

EXERCISE = Exercise(
    name="gelu_tanh",
    reference=mlp.gelu_tanh,
    forbidden=(
        "torch.nn.functional.gelu",
        "torch.nn.GELU",
    ),
    cases=curve_cases,
    drive=drive.call_with_gradient,
    properties=(Property("the results for x and −x differ by x", difference_of_both_sides_is_x),),
    misconceptions=(
        Misconception(
            "0.44715 typed for 0.044715",
            lambda x: tanh_form(x, cubic=0.44715),
            "The coefficient of x³ is 0.044715, with a zero after the point.",
        ),
        Misconception(
            "the root over the 2 alone",
            lambda x: tanh_form(x, factor=math.sqrt(2) / math.pi),
            "√(2/π) is the root of the whole fraction, 0.798; √2/π is 0.450.",
        ),
        Misconception(
            "2/π without the root",
            lambda x: tanh_form(x, factor=2 / math.pi),
            "The factor is √(2/π), which is 0.798; yours is 0.637.",
        ),
        Misconception(
            "x² for x³",
            lambda x: tanh_form(x, power=2),
            "The correction is in x³, so that it has the sign of x.",
        ),
        Misconception(
            "the cubic term outside the brackets",
            lambda x: x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + mlp.GELU_TANH_CUBIC * x**3)) / 2,
            "√(2/π) multiplies the whole sum x + 0.044715·x³, not x alone.",
        ),
        Misconception(
            "the half forgotten",
            lambda x: 2 * tanh_form(x),
            "1 + tanh(…) runs from 0 to 2: halve it.",
        ),
        Misconception(
            "the 1 forgotten",
            lambda x: tanh_form(x) - x / 2,
            "tanh runs from −1 to 1; 1 + tanh, halved, runs from 0 to 1 as a probability does.",
        ),
        Misconception(
            "the exact form",
            mlp.gelu,
            "That is x·Φ(x) with erf, and torch's default. GPT-2 uses the approximation with tanh.",
        ),
    ),
    hints=(
        "Only the probability changes: (1 + erf(…)) / 2 becomes (1 + tanh(…)) / 2.",
        "Inside tanh stands √(2/π) times a sum of two terms: x, and a small multiple of x³.",
        "x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2",
    ),
    review="lesson 05, 'Two GELUs'",
)
