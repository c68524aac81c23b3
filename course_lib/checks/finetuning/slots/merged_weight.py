"""Where slips happen in the code of `merged_weight`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}
SCALES = ("1.0", "alpha", "1 / A.shape[0]", "A.shape[0] / alpha", "alpha * A.shape[0]", "alpha / A.shape[1]")
MORE_SCALES = (
    "alpha**2 / A.shape[0]",
    "alpha / B.shape[0]",
    "alpha / A.numel()",
    "(alpha / A.shape[0]) ** 0.5",
    "alpha / A.shape[0] ** 0.5",
)

VARIANTS = Variants(
    """
def merged_weight(W, A, B, alpha):
    return <base> <sign> <scale> * <added>
""",
    (
        Slot("base", "W", ("0", "W.T", "2 * W", "-W", "alpha * W", "alpha / A.shape[0] * W")),
        Slot("sign", "+", ("-", "*")),
        Slot("scale", "alpha / A.shape[0]", (*SCALES, *MORE_SCALES)),
        Slot("added", "(B @ A)", ("(B @ A).T", "(A @ B)", "(A.T @ B.T)", "(B * A.T)", "(B @ A + W)", "B", "A")),
    ),
    NAMES,
)
