"""Where slips happen in the code of `single_query_attention`."""

import math

import torch

from course_lib import attention
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "attention": attention}

VARIANTS = Variants(
    """
def single_query_attention(q, k, v):
    scores = <products> <scale>
    weights = <weights>
    return <output>
""",
    (
        Slot(
            "products",
            "k @ q",
            (
                "-(k @ q)",
                "(k * q).mean(dim=-1)",
                "(k @ q).abs()",
                "(k - q).norm(dim=-1)",
                "-((k - q) ** 2).sum(dim=-1)",
                "-(k - q).norm(dim=-1)",
                "k @ (q - q.mean())",
                "k @ (q / q.norm())",
                "(k + q).sum(dim=-1)",
                "k @ q / (k.norm(dim=-1) * q.norm())",
                "k.sum(dim=-1)",
                "torch.softmax(k, dim=0) @ q",
                "torch.softmax(k, dim=-1) @ q",
                "k @ torch.softmax(q, dim=0)",
            ),
        ),
        Slot(
            "scale",
            "/ math.sqrt(q.shape[-1])",
            (
                "/ 1",
                "/ q.shape[-1]",
                "* math.sqrt(q.shape[-1])",
                "/ math.sqrt(len(k))",
                "/ len(k)",
                "/ math.sqrt(v.shape[-1])",
                "/ q.norm()",
                "/ math.log(1 + q.shape[-1])",
                "/ 2",
            ),
        ),
        Slot(
            "weights",
            "torch.softmax(scores, dim=0)",
            (
                "scores",
                "scores / scores.sum()",
                "scores.exp() / scores.exp().max()",
                "scores.exp() / scores.exp().mean()",
                "scores.exp()",
                "torch.sigmoid(scores)",
                "torch.relu(scores)",
                "torch.log_softmax(scores, dim=0)",
                "torch.softmax(torch.softmax(scores, dim=0), dim=0)",
                "torch.ones_like(scores) / len(scores)",
                "scores.abs() / scores.abs().sum()",
                "torch.softmax(-scores, dim=0)",
            ),
        ),
        Slot(
            "output",
            "weights @ v",
            (
                "(weights[:, None] * v).mean(dim=0)",
                "(weights[:, None] * v).amax(dim=0)",
                "(weights[:, None] * v).sum()",
                "weights[:, None] * v",
                "weights @ v + v.sum(dim=0)",
                "v[weights.argmax()]",
                "weights.flip(0) @ v",
                "(weights @ v)[None]",
                "weights @ v / math.sqrt(q.shape[-1])",
                "weights",
            ),
        ),
    ),
    NAMES,
)
