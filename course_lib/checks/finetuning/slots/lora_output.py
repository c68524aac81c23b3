"""Where slips happen in the code of `lora_output`."""

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
def lora_output(x, W, A, B, alpha):
    return <base> <sign> <scale> * <added>
""",
    (
        Slot("base", "x @ W.T", ("0", "x @ W", "W", "2 * (x @ W.T)", "x")),
        Slot("sign", "+", ("-", "*")),
        Slot("scale", "alpha / A.shape[0]", (*SCALES, *MORE_SCALES)),
        Slot(
            "added",
            "(x @ A.T @ B.T)",
            (
                "(x @ W.T + x @ A.T @ B.T)",
                "(x @ A.T)",
                "(x @ W.T @ B @ A)",
                "(x @ A.T @ B.T + 1)",
                "torch.relu(x @ A.T) @ B.T",
                "(x @ A.T).softmax(dim=-1) @ B.T",
                "(x @ A.T @ B.T).relu()",
                "(x @ A.T @ B.T) ** 2",
                "(x @ A.T @ B.T).abs()",
            ),
        ),
    ),
    NAMES,
)
