"""Where slips happen in the code of `compute_optimal`."""

import math

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "np": np}

VARIANTS = Variants(
    """
def compute_optimal(A, alpha, B, beta, flops):
    G = <G>
    pairs = <pairs>
    N = (G * pairs**<power>) ** <root>
    return <result>
""",
    (
        Slot(
            "G",
            "alpha * A / (beta * B)",
            ("A / B", "beta * B / (alpha * A)", "beta * A / (alpha * B)", "B / A", "alpha * B / (beta * A)", "1"),
        ),
        Slot("pairs", "flops / 6", ("flops", "flops * 6", "flops / 2", "flops / 3", "math.sqrt(flops / 6)")),
        Slot("power", "beta", ("alpha", "1", "(alpha + beta)", "(beta / alpha)")),
        Slot(
            "root",
            "(1 / (alpha + beta))",
            ("(1 / alpha)", "(1 / beta)", "(1 / (alpha * beta))", "(alpha + beta)", "0.5", "(2 / (alpha + beta))"),
        ),
        Slot("result", "N, pairs / N", ("pairs / N, N", "N, flops / N", "N, 20 * N", "N, pairs", "N, N", "N")),
    ),
    NAMES,
)
