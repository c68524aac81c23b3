"""Where slips happen in the code of `embed`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.checks.gpt.models import TinyGPT

NAMES = {"torch": torch, "F": torch.nn.functional, "Given": TinyGPT}

VARIANTS = Variants(
    """
def embed(idx, token_table, position_table):
    T = idx.shape[1]
    if len(position_table) < T:
        raise ValueError(f"{T} tokens, {len(position_table)} positions")
    return token_table[idx] <sign> position_table[<positions>]
""",
    (
        Slot("sign", "+", ("-", "*", "* 0 +", "+ 0 *", "+ token_table[idx] +", "/")),
        Slot(
            "positions",
            "torch.arange(T)",
            (
                "torch.arange(T).flip(0)",
                "-torch.arange(T) - 1",
                "torch.arange(len(position_table) - T, len(position_table))",
                "torch.arange(1, T + 1).clamp(max=len(position_table) - 1)",
                "torch.arange(T).roll(1)",
                "torch.arange(T).roll(-1)",
                "torch.zeros(T, dtype=torch.long)",
                "torch.full((T,), T - 1)",
                "idx.clamp(max=len(position_table) - 1)",
            ),
        ),
    ),
    NAMES,
)
