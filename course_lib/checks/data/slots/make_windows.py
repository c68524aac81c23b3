"""Where slips happen in the code of `make_windows`."""

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "np": np}

VARIANTS = Variants(
    """
def make_windows(tokens, seq_len):
    n = <n>
    x = <x>
    y = <y>
    return x, y
""",
    (
        Slot(
            "n",
            "(len(tokens) - 1) // seq_len",
            (
                "(len(tokens) - 2) // seq_len",
                "(len(tokens) - 1) // seq_len - 1",
                "(len(tokens) - seq_len) // seq_len",
                "(len(tokens) - 1) // (seq_len + 1)",
                "min(1, (len(tokens) - 1) // seq_len)",
            ),
        ),
        Slot(
            "x",
            "tokens[: n * seq_len].view(n, seq_len)",
            (
                "tokens[: n * seq_len].view(seq_len, n)",
                "tokens[: n * seq_len].view(seq_len, n).T",
                "tokens[: n * seq_len]",
                "tokens[1 : n * seq_len + 1].view(n, seq_len)",
                "tokens[len(tokens) - 1 - n * seq_len : len(tokens) - 1].view(n, seq_len)",
                "tokens[: n * seq_len].view(n, seq_len).flip(0)",
            ),
        ),
        Slot(
            "y",
            "tokens[1 : n * seq_len + 1].view(n, seq_len)",
            (
                "x + 1",
                "x",
                "x.roll(-1, dims=1)",
                "x.roll(-1)",
                "x.roll(1, dims=1)",
                "torch.cat([x[:, 1:], x[:, :1] * 0], dim=1)",
                "torch.cat([x[:, 1:], x[:, -1:]], dim=1)",
                "tokens[seq_len : n * seq_len + 1 : seq_len]",
                "tokens[1 : n * seq_len + 1].view(seq_len, n)",
                "tokens[1 : n * seq_len + 1].view(seq_len, n).T",
                "tokens[1 : n * seq_len + 1]",
                "tokens[1 : n * seq_len + 1].view(n, seq_len)[:, -1]",
                "tokens[1 : n * seq_len + 1].view(n, seq_len)[:, -1:]",
                "tokens[len(tokens) - n * seq_len :].view(n, seq_len)",
                "torch.cat([tokens[seq_len : n * seq_len], tokens[-1:].expand(seq_len)]).view(n, seq_len)",
            ),
        ),
    ),
    NAMES,
)
