"""Where slips happen in the code of `residual_distribution`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def residual_distribution(p, q):
    more = <more>
    total = <total>
    return <end>
""",
    (
        Slot(
            "more",
            "(p - q).clamp(min=0)",
            (
                "(q - p).clamp(min=0)",
                "(p - q).abs()",
                "p - q",
                "p",
                "q",
                "torch.where(p > q, p, 0.0)",
                "torch.maximum(p, q)",
                "torch.minimum(p, q)",
                "(p - q).clamp(max=0)",
                "(p / q - 1).clamp(min=0)",
                "(p / q).clamp(max=1)",
                "(p - q) ** 2",
                "p * (1 - q)",
                "torch.softmax(p - q, dim=0)",
                "(p - q).clamp(min=1e-3)",
                "(1 - q / p).clamp(min=0)",
            ),
        ),
        Slot(
            "total",
            "more.sum()",
            (
                "more.max()",
                "p.sum()",
                "1 - q.sum()",
                "(p - q).sum()",
                "torch.tensor(1.0)",
                "more.norm()",
                "more.mean()",
            ),
        ),
        Slot(
            "end",
            "more / total if total > 0 else p",
            (
                "more if total > 0 else p",
                "torch.softmax(more, dim=0) if total > 0 else p",
                "more / total",
                "more / total if total > 0 else torch.ones_like(p) / len(p)",
                "more / total if total > 0 else torch.zeros_like(p)",
                "more / (total + 1e-2)",
                "torch.nn.functional.one_hot(more.argmax(), len(p)).to(p.dtype) if total > 0 else p",
                "p + more / total if total > 0 else p",
            ),
        ),
    ),
    NAMES,
)
