"""Where slips happen in the code of `causal_mask`."""

import math

import torch

from course_lib import attention
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "attention": attention}

VARIANTS = Variants(
    """
def causal_mask(T):
    position = torch.arange(T)
    return <pattern>
""",
    (
        Slot(
            "pattern",
            "position <= position[:, None]",
            (
                "(position <= position[:, None]) & (position >= position[:, None] - 1)",
                "(position <= position[:, None]) & (position >= position[:, None] - 2)",
                "position != position[:, None]",
                "position == position[:, None] - 1",
                "position == position[:, None] + 1",
                "position + position[:, None] < T",
                "position + position[:, None] >= T - 1",
                "torch.zeros(T, T, dtype=torch.bool)",
                "(position <= position[:, None]).double()",
            ),
        ),
    ),
    NAMES,
)
