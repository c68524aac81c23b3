"""Where slips happen in the code of `split_heads`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head:
        raise ValueError(f"{C} channels cannot be cut into {n_head} equal heads")
    cut = <cut>
    return <heads>
""",
    (
        Slot(
            "cut",
            "x.reshape(B, T, n_head, C // n_head)",
            (
                "x.reshape(B, T, C // n_head, n_head)",
                "x.reshape(B, T, C // n_head, n_head).transpose(2, 3)",
                "x.reshape(B, n_head, T, C // n_head).transpose(1, 2)",
                "x.reshape(B, n_head, C // n_head, T).permute(0, 3, 1, 2)",
                "x.mT.reshape(B, T, n_head, C // n_head)",
                "x.reshape(B, T, n_head, C // n_head).flip(2)",
                "x.reshape(B, T, n_head, C // n_head).flip(3)",
                "x.reshape(T, B, n_head, C // n_head).transpose(0, 1)",
            ),
        ),
        Slot(
            "heads",
            "cut.transpose(1, 2)",
            (
                "cut",
                "cut.transpose(2, 3)",
                "cut.transpose(1, 3)",
                "cut.permute(2, 0, 1, 3)",
                "cut.permute(0, 2, 3, 1)",
                "cut.permute(0, 3, 1, 2)",
                "cut.permute(1, 2, 0, 3)",
                "cut.transpose(1, 2).flatten(0, 1)",
                "list(cut.unbind(2))",
                "cut.transpose(1, 2) / n_head",
            ),
        ),
    ),
    {"torch": torch},
)
