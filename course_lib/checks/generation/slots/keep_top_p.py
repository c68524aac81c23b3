"""Where slips happen in the code of `keep_top_p`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def keep_top_p(logits, p):
    ordered, order = <sorting>
    probabilities = <probabilities>
    total = <total>
    gone = <gone>
    return <kept>
""",
    (
        Slot(
            "sorting",
            "logits.sort(dim=-1, descending=True, stable=True)",
            (
                "logits.sort(dim=-1)",
                "logits.sort(dim=0, descending=True)",
                "(logits, torch.arange(logits.shape[-1]).expand(logits.shape))",
            ),
        ),
        Slot(
            "probabilities",
            "torch.softmax(ordered, dim=-1)",
            (
                "torch.softmax(logits, dim=-1)",
                "torch.softmax(ordered, dim=0)",
                "ordered",
                "ordered.exp()",
            ),
        ),
        Slot(
            "total",
            "probabilities.cumsum(dim=-1)",
            (
                "probabilities.cumsum(dim=0)",
                "probabilities",
                "probabilities.cumsum(dim=-1).roll(-1, dims=-1)",
            ),
        ),
        Slot(
            "gone",
            "total - probabilities >= p",
            (
                "total - probabilities > p",
                "total >= p",
                "total > p",
                "total < p",
                "total - probabilities < p",
                "total - probabilities >= 1 - p",
                "probabilities < p",
                "(total >= p) & (total != total[:, :1])",
            ),
        ),
        Slot(
            "kept",
            "logits.masked_fill(torch.zeros_like(gone).scatter(-1, order, gone), -math.inf)",
            (
                "logits.masked_fill(gone, -math.inf)",
                "logits.masked_fill(gone.gather(-1, order), -math.inf)",
                "ordered.masked_fill(gone, -math.inf)",
                "ordered.masked_fill(gone, -math.inf).gather(-1, order)",
                "ordered.masked_fill(gone, -math.inf)[:, order[0]]",
                "logits.masked_fill(torch.zeros_like(gone).scatter(-1, order, gone), 0.0)",
                "logits.masked_fill(torch.zeros_like(gone).scatter(-1, order[:1].expand_as(order), gone), -math.inf)",
                "logits.masked_fill(gone[:, order[0]], -math.inf)",
                "torch.full_like(logits, -math.inf).scatter(-1, order, probabilities.masked_fill(gone, -math.inf))",
                "torch.softmax(logits.masked_fill(torch.zeros_like(gone).scatter(-1, order, gone), -math.inf), dim=-1)",
            ),
        ),
    ),
    NAMES,
)
