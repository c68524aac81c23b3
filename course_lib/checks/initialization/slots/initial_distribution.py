"""Where slips happen in the code of `initial_distribution`."""

import math

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math}

VARIANTS = Variants(
    """
def initial_distribution(name, n_layer):
    if <bias>:
        return <of_bias>
    if <norm>:
        return <of_norm>
    if <writer>:
        return 0.0, <scaled>
    return <other>
""",
    (
        Slot(
            "bias",
            'name.endswith(".bias")',
            (
                'name.endswith(".bias") and "norm" not in name',
                'name.endswith(".bias") and "norm" in name',
                '"b" in name',
                "False",
            ),
        ),
        Slot(
            "of_bias",
            "0.0, 0.0",
            (
                "0.0, 0.02",
                "1.0, 0.0",
                "0.0, 1.0",
                "0.02, 0.0",
            ),
        ),
        Slot(
            "norm",
            '"norm" in name',
            (
                '"norm_" in name',
                '"final_norm" in name',
                'name.startswith("norm")',
                "False",
            ),
        ),
        Slot(
            "of_norm",
            "1.0, 0.0",
            (
                "0.0, 1.0",
                "1.0, 0.02",
                "0.0, 0.02",
                "0.0, 0.0",
                "1.0, 1.0",
            ),
        ),
        Slot(
            "writer",
            '"out_proj" in name or "down_proj" in name',
            (
                '"out_proj" in name',
                '"down_proj" in name',
                '"proj" in name',
                '"up_proj" in name or "down_proj" in name',
                '"out_proj" in name or "up_proj" in name',
                '"qkv_proj" in name or "up_proj" in name',
                "False",
                '"head" in name or "out_proj" in name or "down_proj" in name',
            ),
        ),
        Slot(
            "scaled",
            "0.02 / math.sqrt(2 * n_layer)",
            (
                "0.02 / math.sqrt(n_layer)",
                "0.02 / (2 * n_layer)",
                "0.02 / (2 * math.sqrt(n_layer))",
                "0.02 / n_layer",
                "0.02 * math.sqrt(2 * n_layer)",
                "0.02 / math.sqrt(2 * n_layer + 1)",
                "0.02 / math.sqrt(4 * n_layer)",
                "0.02",
                "0.02 / math.sqrt(2 * 12)",
                "0.02**2 / (2 * n_layer)",
                "0.02 / math.sqrt(2) * n_layer",
                "0.02 / math.sqrt(2)",
                "1 / math.sqrt(2 * n_layer)",
                "0.02 / (2 * n_layer) ** 2",
                "0.2 / math.sqrt(2 * n_layer)",
            ),
        ),
        Slot(
            "other",
            "0.0, 0.02",
            (
                "0.0, 0.02**2",
                "0.0, 0.2",
                "0.02, 0.0",
                "1.0, 0.02",
                "0.0, 1.0",
                "0.0, 0.02 / math.sqrt(2 * n_layer)",
                "0.0, 0.0",
                "0.02, 0.02",
            ),
        ),
    ),
    NAMES,
)
