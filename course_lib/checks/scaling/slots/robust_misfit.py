"""Where slips happen in the code of `robust_misfit`."""

import math

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "np": np}

VARIANTS = Variants(
    """
def robust_misfit(predicted, measured, delta):
    r = <r>
    return float((torch.where(<near>, <square>, <line>))<end>)
""",
    (
        Slot(
            "r",
            "(measured.log() - predicted.log()).abs()",
            (
                "(measured - predicted).abs()",
                "(measured.log() - predicted.log())",
                "(measured.log2() - predicted.log2()).abs()",
                "(measured.log10() - predicted.log10()).abs()",
                "(measured / predicted - 1).abs()",
                "(measured / predicted).abs()",
                "(measured - predicted).abs().log()",
                "(measured.log() - predicted).abs()",
            ),
        ),
        Slot("near", "r <= delta", ("r > delta", "r <= 1", "r <= delta / 2", "r <= 2 * delta", "r**2 <= delta")),
        Slot("square", "0.5 * r**2", ("r**2", "0.5 * r", "0.5 * r**2 / delta", "r", "2 * r**2", "0.25 * r**2")),
        Slot(
            "line",
            "delta * (r - 0.5 * delta)",
            (
                "r - 0.5 * delta",
                "delta * (r - delta)",
                "delta * r",
                "delta * r - 0.5 * delta",
                "delta * (r + 0.5 * delta)",
                "0.5 * delta * (r - 0.5 * delta)",
                "delta * (r - 0.5)",
                "0.5 * delta**2 + 0 * r",
                "delta + 0 * r",
                "0 * r",
            ),
        ),
        Slot("end", ".sum()", (".mean()", ".max()", ".median()", ".sum() / 2", ".norm()")),
    ),
    NAMES,
)
