"""Where slips happen in the code of `feed_forward`."""

import math

import torch

from course_lib import mlp
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional, "math": math, "Given": mlp.MLP}

VARIANTS = Variants(
    """
def feed_forward(x, up, down):
    hidden = <hidden>
    return <output>
""",
    (
        Slot(
            "hidden",
            'F.gelu(x @ up.T, approximate="tanh")',
            (
                "x @ up.T",
                "F.gelu(x @ up.T)",
                "F.relu(x @ up.T)",
                "F.silu(x @ up.T)",
                "torch.tanh(x @ up.T)",
                "torch.sigmoid(x @ up.T)",
                'F.gelu(x, approximate="tanh") @ up.T',
                'F.gelu(x @ up.T, approximate="tanh") ** 2',
                '(F.gelu(x.mT.reshape(x.shape) @ up.T, approximate="tanh"))',
                'F.gelu((x @ up.T).mean(dim=1, keepdim=True).expand(-1, x.shape[1], -1), approximate="tanh")',
            ),
        ),
        Slot(
            "output",
            "hidden @ down.T",
            (
                'F.gelu(hidden @ down.T, approximate="tanh")',
                "F.gelu(hidden @ down.T)",
                "torch.relu(hidden @ down.T)",
                "hidden @ down.T + x",
                "(hidden @ down.T) * x",
                "(hidden @ down.T).mT.reshape(x.shape)",
                "(hidden @ down.T).flip(1)",
                "(hidden @ down.T).cumsum(dim=1)",
                "(hidden @ down.T).mean(dim=1, keepdim=True).expand_as(x)",
                "(hidden @ down.T).roll(1, dims=1)",
                "hidden @ up",
            ),
        ),
    ),
    NAMES,
)
