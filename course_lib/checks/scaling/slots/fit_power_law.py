"""Where slips happen in the code of `fit_power_law`."""

import math

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "np": np}

VARIANTS = Variants(
    """
def fit_power_law(N, loss, floor):
    x, y = <x>, <y>
    slope, intercept = np.polyfit(<axes>, 1)
    return <A>, <alpha>
""",
    (
        Slot("x", "N.log().numpy()", ("N.numpy()", "N.log2().numpy()", "N.log10().numpy()", "1 / N.numpy()")),
        Slot(
            "y",
            "(loss - floor).log().numpy()",
            (
                "loss.log().numpy()",
                "(loss - floor).numpy()",
                "(loss + floor).log().numpy()",
                "(loss.log() - floor).numpy()",
                "(loss.log() - math.log(floor)).numpy()",
                "(loss / floor).log().numpy()",
                "(loss - floor).log2().numpy()",
                "(loss - floor).log10().numpy()",
            ),
        ),
        Slot("axes", "x, y", ("y, x", "x[1:], y[1:]", "x[:-1], y[:-1]", "x[[0, -1]], y[[0, -1]]")),
        Slot(
            "A",
            "math.exp(intercept)",
            (
                "float(intercept)",
                "math.exp(-intercept)",
                "10**intercept",
                "2**intercept",
                "math.exp(intercept) + floor",
                "math.log(abs(intercept))",
                "-float(slope)",
            ),
        ),
        Slot("alpha", "-float(slope)", ("float(slope)", "math.exp(slope)", "-1 / float(slope)", "float(intercept)")),
    ),
    NAMES,
)
