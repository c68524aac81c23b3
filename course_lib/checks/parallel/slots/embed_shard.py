"""Where slips happen in the code of `embed_shard`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def embed_shard(idx, shard, first):
    local = <local>
    mine = <mine>
    rows = <rows>
    return <end>
""",
    (
        Slot(
            "local",
            "idx - first",
            (
                "idx",
                "idx + first",
                "first - idx",
                "idx % len(shard)",
                "idx - first + 1",
            ),
        ),
        Slot(
            "mine",
            "(local >= 0) & (local < len(shard))",
            (
                "(local >= 0) & (local <= len(shard))",
                "(local > 0) & (local < len(shard))",
                "local < len(shard)",
                "local <= len(shard)",
                "local >= 0",
                "(local >= 0) | (local < len(shard))",
                "(local < 0) | (local >= len(shard))",
                "(idx >= first) & (idx < len(shard))",
                "(idx >= first) & (idx <= first + len(shard))",
                "(idx > first) & (idx < first + len(shard))",
                "(local >= 0) & (local < len(shard) - 1)",
                "torch.ones_like(idx, dtype=torch.bool)",
            ),
        ),
        Slot(
            "rows",
            "shard[local.clamp(0, len(shard) - 1)]",
            (
                "shard[idx % len(shard)]",
                "shard[local.clamp(1, len(shard)) - 1]",
            ),
        ),
        Slot(
            "end",
            "rows * mine[..., None]",
            (
                "rows",
                "torch.where(mine[..., None], rows, 1.0)",
                "torch.where(mine[..., None], rows, shard[0])",
                "rows[mine]",
                "rows * ~mine[..., None]",
                'rows.masked_fill(~mine[..., None], -float("inf"))',
                "rows * mine[..., None] / len(shard)",
                'rows.masked_fill(~mine[..., None], float("nan"))',
            ),
        ),
    ),
    NAMES,
)
