"""Where slips happen in the code of `scaled_dot_product_attention`."""

import math

import torch

from course_lib import attention
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "attention": attention}

VARIANTS = Variants(
    """
def scaled_dot_product_attention(q, k, v, *, causal=True):
    scores = <products> <scale>
    if <when>:
        scores = scores.masked_fill(~<mask>, <fill>)
    return <output>
""",
    (
        Slot(
            "products",
            "q @ k.transpose(-2, -1)",
            (
                "q @ q.transpose(-2, -1)",
                "(q / q.norm(dim=-1, keepdim=True)) @ (k / k.norm(dim=-1, keepdim=True)).mT",
                "k @ k.transpose(-2, -1)",
                "k @ q.transpose(-2, -1)",
                "q @ v.transpose(-2, -1)",
                "-(q @ k.transpose(-2, -1))",
                "q @ k.mT + 1",
            ),
        ),
        Slot(
            "scale",
            "/ math.sqrt(q.shape[-1])",
            (
                "/ 1",
                "/ q.shape[-1]",
                "* math.sqrt(q.shape[-1])",
                "/ math.sqrt(q.shape[-2])",
                "/ math.sqrt(v.shape[-1])",
                "/ (math.sqrt(q.shape[-1]) if causal else 1)",
                "/ (1 if causal else math.sqrt(q.shape[-1]))",
                "/ 2",
            ),
        ),
        Slot("when", "causal", ("True", "False", "not causal")),
        Slot(
            "mask",
            "attention.causal_mask(q.shape[-2])",
            (
                "attention.causal_mask(q.shape[-2]).T",
                "(~attention.causal_mask(q.shape[-2]))",
                "attention.causal_mask(q.shape[-2]).triu(-1)",
                "torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril(1)",
                "torch.eye(q.shape[-2], dtype=torch.bool)",
            ),
        ),
        Slot("fill", "-math.inf", ("0.0", "-1.0", "-10.0", "1.0", "scores.min().item()", "-100.0")),
        Slot(
            "output",
            "torch.softmax(scores, dim=-1) @ v",
            (
                "torch.softmax(scores, dim=-2) @ v",
                "torch.softmax(scores, dim=-1).transpose(-2, -1) @ v",
                "torch.softmax(torch.softmax(scores, dim=-1), dim=-1) @ v",
                "torch.sigmoid(scores) @ v",
                "torch.softmax(scores, dim=-1) @ v + v",
                "torch.softmax(scores, dim=-1) @ k",
                "torch.softmax(scores, dim=-1) @ v / math.sqrt(q.shape[-1])",
                "torch.softmax(scores.exp(), dim=-1) @ v",
            ),
        ),
    ),
    NAMES,
    most=130,
)
