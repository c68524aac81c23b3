"""Where slips happen in the code of `sharpen`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def sharpen(logits, temperature):
    if temperature == 0:
        return <zero>
    return <warm>
""",
    (
        Slot(
            "zero",
            "torch.zeros_like(logits).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1.0)",
            (
                "(logits == logits.amax(dim=-1, keepdim=True)).float()",
                "torch.softmax(logits, dim=-1)",
                "logits.argmax(dim=-1)",
                "logits.argmax(dim=-1, keepdim=True).float()",
                "torch.zeros_like(logits).scatter(-1, logits.argmin(dim=-1, keepdim=True), 1.0)",
                "torch.full_like(logits, -math.inf).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1.0)",
                "torch.zeros_like(logits).scatter(0, logits.argmax(dim=0, keepdim=True), 1.0)",
                "torch.zeros_like(logits)",
                "torch.full_like(logits, 1 / logits.shape[-1])",
            ),
        ),
        Slot(
            "warm",
            "torch.softmax(logits / temperature, dim=-1)",
            (
                "torch.softmax(logits * temperature, dim=-1)",
                "torch.softmax(logits - temperature, dim=-1)",
                "torch.softmax(logits, dim=-1)",
                "torch.softmax(logits, dim=-1) / temperature",
                "torch.softmax(logits, dim=-1) ** (1 / temperature)",
                "torch.softmax(torch.softmax(logits, dim=-1) / temperature, dim=-1)",
                "torch.softmax(-logits / temperature, dim=-1)",
                "torch.softmax(logits / temperature**2, dim=-1)",
                "torch.softmax(logits / temperature**0.5, dim=-1)",
                "torch.softmax(logits / (1 + temperature), dim=-1)",
                "torch.softmax(logits ** (1 / temperature), dim=-1)",
                "torch.log_softmax(logits / temperature, dim=-1)",
                "torch.softmax(logits / temperature, dim=0)",
                "torch.softmax((logits / temperature).flatten(), dim=-1).reshape(logits.shape)",
                "torch.sigmoid(logits / temperature)",
                "torch.exp(logits / temperature)",
                "logits / temperature",
                "(logits / temperature) / (logits / temperature).sum(dim=-1, keepdim=True)",
            ),
        ),
    ),
    NAMES,
)
