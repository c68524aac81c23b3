"""Where slips happen in the code of `gelu`."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional, "math": math, "Given": mlp.MLP}

VARIANTS = Variants(
    """
def gelu(x):
    below = <half> * (1 <sign> torch.<curve>(<inside>))
    return <output>
""",
    (
        Slot("half", "0.5", ("1", "2", "0.25", "0.5 * x")),
        Slot("sign", "+", ("-", "*", "/")),
        Slot("curve", "erf", ("erfc", "tanh", "sigmoid", "erfinv", "sin", "exp", "atan")),
        Slot(
            "inside",
            "x / math.sqrt(2)",
            (
                "x",
                "x * math.sqrt(2)",
                "x / 2",
                "x / math.sqrt(math.pi)",
                "x / math.sqrt(2 * math.pi)",
                "x * math.sqrt(2 / math.pi)",
                "x / math.pi",
                "math.sqrt(2) / x",
                "x**2 / math.sqrt(2)",
                "x**2 / 2",
                "-x / math.sqrt(2)",
                "x / 1.41",
                "x / 1.4",
                "x / 1.5",
                "(x / 2).abs().sqrt()",
            ),
        ),
        Slot(
            "output",
            "x * below",
            (
                "below",
                "x + below",
                "x - below",
                "x * below + x",
                "x * x * below",
                "x.abs() * below",
                "torch.relu(x) * below",
                "torch.relu(x * below)",
                "x * (1 - below)",
                "x * below**2",
                "torch.where(x > 0, x, x * below)",
            ),
        ),
    ),
    NAMES,
    most=350,
)
