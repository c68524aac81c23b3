"""Where slips happen in the code of `keep_top_k`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def keep_top_k(logits, k):
    n = <n>
    border = <border>
    return <kept>
""",
    (
        Slot(
            "n",
            "min(k, logits.shape[-1])",
            (
                "k",
                "min(k, logits.shape[0])",
                "min(k + 1, logits.shape[-1])",
                "max(min(k, logits.shape[-1]) - 1, 1)",
                "logits.shape[-1] + 1 - min(k, logits.shape[-1])",
            ),
        ),
        Slot(
            "border",
            "logits.topk(n).values[:, -1:]",
            (
                "logits.topk(n).values[:, :1]",
                "logits.topk(n).values[0, -1]",
                "logits.topk(n).values[:, -1].min()",
                "logits.topk(n).values[:, -1].max()",
                "logits.topk(n, largest=False).values[:, -1:]",
                "logits.sort(dim=-1).values[:, n - 1 :][:, :1]",
                "logits.flatten().topk(n).values[-1]",
                "logits.topk(n).values.mean(dim=-1, keepdim=True)",
                "logits.topk(n).indices[:, -1:]",
                "torch.softmax(logits, dim=-1).topk(n).values[:, -1:]",
            ),
        ),
        Slot(
            "kept",
            "logits.masked_fill(logits < border, -math.inf)",
            (
                "logits.masked_fill(logits <= border, -math.inf)",
                "logits.masked_fill(logits > border, -math.inf)",
                "logits.masked_fill(logits >= border, -math.inf)",
                "logits.masked_fill(logits != border, -math.inf)",
                "logits.masked_fill(logits < border, 0.0)",
                "logits.masked_fill(logits < border, -1e9)",
                "logits.masked_fill(logits < border, math.inf)",
                "logits.masked_fill(logits < border, float(logits.min()))",
                "torch.softmax(logits.masked_fill(logits < border, -math.inf), dim=-1)",
                "logits * (logits >= border)",
                "logits.topk(n).values",
            ),
        ),
    ),
    NAMES,
)
