"""Where slips happen in the code of `penalize_repeats`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def penalize_repeats(logits, seen, penalty):
    theirs = <theirs>
    changed = <changed>
    return <end>
""",
    (
        Slot(
            "theirs",
            "logits.gather(-1, seen)",
            (
                "logits[:, : seen.shape[1]]",
                "logits.gather(-1, seen[:1].expand_as(seen))",
                "logits.gather(-1, seen).abs()",
                "logits[:1].expand_as(logits).gather(-1, seen)",
            ),
        ),
        Slot(
            "changed",
            "torch.where(theirs > 0, theirs / penalty, theirs * penalty)",
            (
                "torch.where(theirs > 0, theirs * penalty, theirs / penalty)",
                "torch.where(theirs < 0, theirs / penalty, theirs * penalty)",
                "torch.where(theirs > 1, theirs / penalty, theirs * penalty)",
                "theirs / penalty",
                "theirs * penalty",
                "theirs - penalty",
                "theirs - penalty * theirs.abs()",
                "torch.where(theirs > 0, theirs / penalty, theirs)",
                "torch.where(theirs > 0, theirs / penalty, theirs / penalty)",
                "torch.where(theirs > 0, theirs / penalty, -theirs * penalty)",
                "torch.where(theirs > 0, theirs / penalty, theirs - penalty)",
                "torch.where(theirs > 0, theirs - penalty, theirs * penalty)",
                "torch.where(theirs > 0, theirs / penalty**2, theirs * penalty**2)",
                "torch.full_like(theirs, -math.inf)",
                "torch.zeros_like(theirs)",
            ),
        ),
        Slot(
            "end",
            "logits.scatter(-1, seen, changed)",
            (
                "logits.scatter_add(-1, seen, changed)",
                "logits.scatter(-1, seen[:, -1:], changed[:, -1:])",
                "logits.scatter(-1, seen[:, :1], changed[:, :1])",
                "logits.scatter(-1, seen.flip(1), changed)",
                "logits.scatter(-1, seen.flatten().expand(len(logits), -1), changed.flatten().expand(len(logits), -1))",
                "torch.softmax(logits.scatter(-1, seen, changed), dim=-1)",
                "torch.zeros_like(logits).scatter(-1, seen, changed)",
                "logits",
                "changed",
            ),
        ),
    ),
    NAMES,
)
