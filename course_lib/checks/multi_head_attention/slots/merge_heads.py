"""Where slips happen in the code of `merge_heads`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def merge_heads(x):
    tokens_first = <moved>
    return <merged>
""",
    (
        Slot(
            "moved",
            "x.transpose(1, 2)",
            (
                "x",
                "x.permute(0, 2, 3, 1)",
                "x.flip(1).transpose(1, 2)",
                "x.flip(-1).transpose(1, 2)",
                "x.transpose(2, 3)",
                "x.transpose(1, 3)",
                "x.permute(0, 3, 1, 2)",
                "x.permute(0, 3, 2, 1)",
                "x.permute(2, 0, 1, 3)",
            ),
        ),
        Slot(
            "merged",
            "tokens_first.flatten(2)",
            (
                "tokens_first.flatten(1, 2)",
                "tokens_first.flatten(1)",
                "tokens_first.flatten(0, 1)",
                "tokens_first.sum(dim=2)",
                "tokens_first.mean(dim=2)",
                "tokens_first.amax(dim=2)",
                "tokens_first[:, :, 0]",
                "tokens_first[:, :, -1]",
                "tokens_first",
                "tokens_first.flatten(2).mT",
                "tokens_first.reshape(x.shape[0], x.shape[2], -1).flip(-1)",
                "tokens_first.reshape(x.shape[0], -1, x.shape[2]).mT",
            ),
        ),
    ),
    {"torch": torch},
)
