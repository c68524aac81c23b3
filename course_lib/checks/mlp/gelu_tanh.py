"""Exercise 2 of lesson 05: GELU by tanh."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception, Property
from course_lib.checks.mlp.curves import curve_cases, difference_of_both_sides_is_x, for_single_numbers, tanh_form
from course_lib.checks.mlp.slots.gelu_tanh import VARIANTS

EXERCISE = Exercise(
    name="gelu_tanh",
    reference=mlp.gelu_tanh,
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
        Misconception(
            "0.0044715 typed for 0.044715",
            lambda x: tanh_form(x, cubic=0.0044715),
            "The coefficient of x³ is 0.044715, with one zero after the point.",
        ),
        Misconception(
            "0.04715 typed for 0.044715",
            lambda x: tanh_form(x, cubic=0.04715),
            "The coefficient of x³ is 0.044715, with two fours.",
        ),
        Misconception(
            "the coefficient cubed as well",
            lambda x: tanh_form(x, cubic=mlp.GELU_TANH_CUBIC**3),
            "(0.044715 · x)³ cubes the coefficient as well. Only x is cubed: 0.044715 * x**3.",
        ),
        Misconception(
            "times 3 for to the third power",
            lambda x: tanh_form(x, cubic=3 * mlp.GELU_TANH_CUBIC, power=1),
            "x * 3 is not x³. The power is written x**3.",
        ),
        Misconception(
            "^ for **",
            lambda x: math.sqrt(2 / math.pi) * (x + 0.044715 * x ^ 3),
            "In Python ^ does not mean a power: it combines the bits of whole numbers. x³ is x**3.",
        ),
        Misconception(
            "the cubic term left out",
            lambda x: tanh_form(x, cubic=0.0),
            "The term with x³ is missing: x + 0.044715·x³ stands in the brackets.",
        ),
        Misconception(
            "the cubic term subtracted",
            lambda x: tanh_form(x, cubic=-mlp.GELU_TANH_CUBIC),
            "The term with x³ is added, not subtracted.",
        ),
        Misconception(
            "the factor left out",
            lambda x: tanh_form(x, factor=1.0),
            "√(2/π), about 0.798, multiplies the brackets.",
        ),
        Misconception(
            "π/2 for 2/π",
            lambda x: tanh_form(x, factor=math.sqrt(math.pi / 2)),
            "The factor is √(2/π), which is 0.798; yours is √(π/2), which is 1.253.",
        ),
        Misconception(
            "√2·π",
            lambda x: tanh_form(x, factor=math.sqrt(2) * math.pi),
            "The factor is √(2/π), the root of the whole fraction, which is 0.798.",
        ),
        Misconception(
            "the root of 2·π",
            lambda x: tanh_form(x, factor=math.sqrt(2 * math.pi)),
            "The factor is √(2/π), which is 0.798; yours is √(2·π), which is 2.507.",
        ),
        Misconception(
            "the probability alone",
            lambda x: (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + mlp.GELU_TANH_CUBIC * x**3))) / 2,
            "That is the probability. GELU multiplies x by it.",
        ),
        Misconception(
            "only the 1 halved",
            lambda x: 2 * tanh_form(x) - x / 2,
            "0.5 * 1 + tanh(…) halves the 1 alone. The half multiplies the whole sum: 0.5 * (1 + tanh(…)).",
        ),
        Misconception(
            "only tanh halved",
            lambda x: tanh_form(x) + x / 2,
            "1 + tanh(…) / 2 halves tanh alone. The half multiplies the whole sum: (1 + tanh(…)) / 2.",
        ),
        Misconception(
            "the sigmoid for tanh",
            lambda x: x * torch.sigmoid(math.sqrt(2 / math.pi) * (x + mlp.GELU_TANH_CUBIC * x**3)),
            "(1 + tanh(z)) / 2 is σ(2·z), not σ(z).",
        ),
        Misconception(
            "erf for tanh",
            lambda x: x * (1 + torch.erf(math.sqrt(2 / math.pi) * (x + mlp.GELU_TANH_CUBIC * x**3))) / 2,
            "This form has tanh where the exact one has erf.",
        ),
        Misconception(
            "a function for single numbers",
            for_single_numbers(lambda x: tanh_form(torch.tensor(x)).item()),
            "math.tanh takes one number, not a tensor, and knows nothing of gradients. Use torch.tanh.",
        ),
        Misconception(
            "a sigmoid for tanh",
            lambda x: x * (1 + torch.sigmoid(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
            "You take sigmoid. It is tanh, between −1 and 1, so that half of 1 + tanh lies between 0 and 1.",
        ),
    ),
    hints=(
        "Only the probability changes: (1 + erf(…)) / 2 becomes (1 + tanh(…)) / 2.",
        "Inside tanh stands √(2/π) times a sum of two terms: x, and a small multiple of x³.",
        "x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2",
    ),
    review="lesson 05, 'Two GELUs'",
)
