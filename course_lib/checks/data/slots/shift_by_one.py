"""Where slips happen in the code of `shift_by_one`."""

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "np": np}

VARIANTS = Variants(
    """
def shift_by_one(tokens):
    x = <x>
    y = <y>
    return <pair>
""",
    (
        Slot("x", "tokens[..., :-1]", ("tokens[..., 1:-1]", "tokens[..., :-2]", "tokens[..., :1]", "tokens[..., 1:]")),
        Slot(
            "y",
            "tokens[..., 1:]",
            (
                "tokens[..., :-1]",
                "tokens[..., :-1] + 1",
                "tokens[..., 1:] + 1",
                "tokens[..., 1:].flip(-1)",
                "tokens[..., :-1].flip(-1)",
                "tokens[..., 1:-1]",
                "tokens.diff(dim=-1)",
                "tokens[..., 2:]",
                "tokens[..., -1:]",
                "tokens[..., :-1].roll(-1, dims=-1)",
                "tokens[..., :-1].roll(1, dims=-1)",
                "torch.zeros_like(tokens[..., 1:])",
                "tokens.sort(dim=-1).values[..., 1:]",
            ),
        ),
        Slot("pair", "x, y", ("y, x", "y, y", "x, x", "x, y, tokens", "x")),
    ),
    NAMES,
)
