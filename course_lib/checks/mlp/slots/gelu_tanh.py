"""Where slips happen in the code of `gelu_tanh`."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional, "math": math, "Given": mlp.MLP}

VARIANTS = Variants(
    """
def gelu_tanh(x):
    inside = <root> * (<cubic>)
    return <half> * <output>
""",
    (
        Slot(
            "root",
            "math.sqrt(2 / math.pi)",
            (
                "0.5 * math.sqrt(2 / math.pi)",
                "math.sqrt(2 * math.pi)",
                "math.sqrt(math.pi / 2)",
                "math.sqrt(2) / math.pi",
                "math.sqrt(2)",
                "math.sqrt(math.pi)",
                "math.sqrt(1 / math.pi)",
                "math.sqrt(1 / 2)",
                "2 / math.pi",
                "1 / math.sqrt(2)",
                "2 / math.sqrt(math.pi)",
                "2 * math.pi",
                "0.8",
                "1",
                "(2 / math.pi) ** 2",
                "math.pi",
            ),
        ),
        Slot(
            "cubic",
            "x + 0.044715 * x**3",
            (
                "x + 0.044715 * x**2",
                "x + 0.044715 * x**4",
                "x + 0.044715 * x**5",
                "x + 0.044715 * x",
                "x + 0.044715",
                "x + 0.44715 * x**3",
                "x + 0.0044715 * x**3",
                "x + 0.04715 * x**3",
                "x + 0.044751 * x**3",
                "x + 0.0447 * x**3",
                "x + 0.04 * x**3",
                "x + 0.045 * x**3",
                "x + 0.044 * x**3",
                "x - 0.044715 * x**3",
                "x * 0.044715 * x**3",
                "(x + 0.044715 * x) ** 3",
                "(x + 0.044715) ** 3",
                "(x + 0.044715) * x**3",
                "x + (0.044715 * x) ** 3",
                "x + 0.044715 * x.abs() ** 3",
                "x + x**3 / 0.044715",
                "x + 3 * 0.044715 * x",
                "1 + 0.044715 * x**3",
                "1 + 0.044715 * x**2",
                "0.044715 * x**3",
                "x**3",
            ),
        ),
        Slot("half", "0.5", ("1", "2", "0.25")),
        Slot(
            "output",
            "x * (1 + torch.tanh(inside))",
            (
                "(1 + torch.tanh(inside))",
                "x * (1 - torch.tanh(inside))",
                "x * torch.tanh(inside)",
                "(x + torch.tanh(inside))",
                "(x * 1 + torch.tanh(inside))",
                "x * (1 + torch.sigmoid(inside))",
                "x * (1 + torch.erf(inside))",
                "x * (1 + torch.sin(inside))",
                "x * (1 + inside)",
                "x * (x + torch.tanh(inside))",
                "x**2 * (1 + torch.tanh(inside))",
                "x * (1 + torch.tanh(inside)) ** 2",
            ),
        ),
    ),
    NAMES,
    most=350,
)
