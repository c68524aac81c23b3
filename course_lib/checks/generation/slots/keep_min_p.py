"""Where slips happen in the code of `keep_min_p`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def keep_min_p(logits, p):
    probabilities = <probabilities>
    border = <border>
    return <kept>
""",
    (
        Slot(
            "probabilities",
            "torch.softmax(logits, dim=-1)",
            (
                "logits",
                "torch.softmax(logits, dim=0)",
                "torch.log_softmax(logits, dim=-1)",
                "torch.sigmoid(logits)",
            ),
        ),
        Slot(
            "border",
            "p * probabilities.amax(dim=-1, keepdim=True)",
            (
                "p",
                "p * probabilities.max()",
                "p * probabilities[0].max()",
                "p * probabilities.amax(dim=0, keepdim=True)",
                "p * probabilities.amin(dim=-1, keepdim=True)",
                "p * probabilities.mean(dim=-1, keepdim=True)",
                "p + probabilities.amax(dim=-1, keepdim=True)",
                "probabilities.amax(dim=-1, keepdim=True) - p",
                "probabilities.amax(dim=-1, keepdim=True)",
                "(1 - p) * probabilities.amax(dim=-1, keepdim=True)",
                "probabilities.amax(dim=-1, keepdim=True) / p",
                "p * logits.amax(dim=-1, keepdim=True)",
                "p / logits.shape[-1]",
            ),
        ),
        Slot(
            "kept",
            "logits.masked_fill(probabilities < border, -math.inf)",
            (
                "logits.masked_fill(probabilities <= border, -math.inf)",
                "logits.masked_fill(probabilities > border, -math.inf)",
                "logits.masked_fill(probabilities >= border, -math.inf)",
                "logits.masked_fill(probabilities < border, 0.0)",
                "logits.masked_fill(probabilities < border, -1e9)",
                "logits.masked_fill(logits < border, -math.inf)",
                "probabilities.masked_fill(probabilities < border, -math.inf)",
                "probabilities.masked_fill(probabilities < border, 0.0)",
            ),
        ),
    ),
    NAMES,
)
