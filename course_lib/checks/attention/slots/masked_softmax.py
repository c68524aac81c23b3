"""Where slips happen in the code of `masked_softmax`."""

import math

import torch

from course_lib import attention
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "attention": attention}

VARIANTS = Variants(
    """
def masked_softmax(scores):
    mask = <mask>
    scores = <masked>
    weights = <weights>
    return <end>
""",
    (
        Slot(
            "mask",
            "attention.causal_mask(scores.shape[-1])",
            (
                "attention.causal_mask(scores.shape[-1]).T",
                "~attention.causal_mask(scores.shape[-1])",
                "attention.causal_mask(scores.shape[-1]).tril(-1)",
                "torch.ones(scores.shape[-2:], dtype=torch.bool).tril(1)",
                "torch.eye(scores.shape[-1], dtype=torch.bool)",
                "torch.ones(scores.shape[-2:], dtype=torch.bool)",
            ),
        ),
        Slot(
            "masked",
            "scores.masked_fill(~mask, -math.inf)",
            (
                "scores",
                "scores.masked_fill(~mask, 0.0)",
                "scores.masked_fill(~mask, 1.0)",
                "scores.masked_fill(~mask, -1.0)",
                "scores.masked_fill(~mask, -10.0)",
                "scores.masked_fill(~mask, -5.0)",
                "scores.masked_fill(~mask, -9.0)",
                "scores.masked_fill(~mask, -99.0)",
                "scores.masked_fill(~mask, -100.0)",
                "scores.masked_fill(~mask, -999.0)",
                "scores.masked_fill(~mask, scores.min())",
                "scores.masked_fill(~mask, scores.min() - 1)",
                "scores.masked_fill(~mask, -scores.max())",
                "scores.masked_fill(~mask, math.inf)",
                "(scores * mask)",
                "scores - (~mask).float()",
            ),
        ),
        Slot(
            "weights",
            "torch.softmax(scores, dim=-1)",
            (
                "torch.softmax(scores, dim=-2)",
                "torch.softmax(scores, dim=0)",
                "torch.log_softmax(scores, dim=-1)",
                "torch.sigmoid(scores)",
                "scores.exp()",
                "torch.softmax(-scores, dim=-1)",
            ),
        ),
        Slot(
            "end",
            "weights",
            (
                "weights * mask / mask.sum(dim=-1, keepdim=True)",
                "weights / mask.sum(dim=-1, keepdim=True)",
                "weights * mask / (weights * mask).sum()",
                "torch.softmax(weights.masked_fill(~mask, -math.inf), dim=-1)",
                "torch.softmax(weights * mask, dim=-1)",
                "torch.softmax(weights, dim=-1)",
                "weights.transpose(-2, -1)",
            ),
        ),
    ),
    NAMES,
)
