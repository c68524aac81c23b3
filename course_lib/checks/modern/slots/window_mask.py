"""Where slips happen in the code of `window_mask`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def window_mask(new, seen, window):
    query = <query>
    key = <key>
    return <mask>
""",
    (
        Slot(
            "query",
            "torch.arange(seen - new, seen)[:, None]",
            (
                "torch.arange(new)[:, None]",
                "torch.arange(seen, seen + new)[:, None]",
                "torch.arange(seen - new - 1, seen - 1)[:, None]",
                "torch.arange(seen - new + 1, seen + 1)[:, None]",
                "torch.arange(seen - new, seen).flip(0)[:, None]",
                "torch.full((new, 1), seen - 1)",
                "torch.full((new, 1), seen - new)",
            ),
        ),
        Slot(
            "key",
            "torch.arange(seen)",
            (
                "torch.arange(1, seen + 1)",
                "torch.arange(seen - 1, -1, -1)",
            ),
        ),
        Slot(
            "mask",
            "(key <= query) & (key > query - window)",
            (
                "(key <= query) & (key >= query - window)",
                "(key <= query) & (key > query - window + 1)",
                "(key < query) & (key > query - window)",
                "(key < query) & (key >= query - window)",
                "(key <= query) & (key < query - window)",
                "(key <= query) & (key >= query + window)",
                "(key <= query) | (key > query - window)",
                "key <= query",
                "key > query - window",
                "(key >= query) & (key < query + window)",
                "(key - query).abs() < window",
                "(key - query).abs() <= window",
                "(key - query).abs() <= window // 2",
                "(key <= query) & (key // window == query // window)",
                "(key <= query) & (key >= seen - window)",
                "~((key <= query) & (key > query - window))",
                'torch.where((key <= query) & (key > query - window), 0.0, float("-inf"))',
                "((key <= query) & (key > query - window)).float()",
            ),
        ),
    ),
    NAMES,
)
