"""Where slips happen in the code of `row_parallel`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def row_parallel(pieces, weight, bias, all_reduce):
    n = len(pieces)
    weights = <weights>
    parts = <parts>
    return <end>
""",
    (
        Slot(
            "weights",
            "weight.chunk(n, dim=1)",
            (
                "[weight[:, r::n] for r in range(n)]",
                "weight.chunk(n, dim=1)[::-1]",
                "[weight.chunk(n, dim=1)[0]] * n",
            ),
        ),
        Slot(
            "parts",
            "[piece @ w.T for piece, w in zip(pieces, weights)]",
            (
                "[piece @ w.T + bias for piece, w in zip(pieces, weights)]",
                "[piece @ w.T + bias / n for piece, w in zip(pieces, weights)]",
                "[piece @ w.T + bias / (n + 1) for piece, w in zip(pieces, weights)]",
                "[piece @ w.T / n for piece, w in zip(pieces, weights)]",
                "[piece @ w for piece, w in zip(pieces, weights)]",
                "[pieces[0] @ w.T for w in weights]",
                "[torch.relu(piece @ w.T) for piece, w in zip(pieces, weights)]",
                "[piece @ w.T + (bias if r == 0 else 0) for r, (piece, w) in enumerate(zip(pieces, weights))]",
            ),
        ),
        Slot(
            "end",
            "all_reduce(parts) + bias",
            (
                "all_reduce(parts)",
                "all_reduce(parts) + bias / n",
                "all_reduce(parts) + n * bias",
                "all_reduce(parts) - bias",
                "all_reduce(parts) / n + bias",
                "(all_reduce(parts) + bias) / n",
                "parts[0] + bias",
                "sum(parts) + bias",
                "torch.cat(pieces, dim=-1) @ weight.T + bias",
                "all_reduce([part + bias for part in parts])",
                "all_reduce([all_reduce(parts), bias.expand_as(parts[0])])",
                "torch.stack([all_reduce(parts) + bias] * n)",
            ),
        ),
    ),
    NAMES,
)
