"""Where slips happen in the code of `softmax`."""

import math

import torch

from course_lib import attention
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "attention": attention}

VARIANTS = Variants(
    """
def softmax(x, dim=-1):
    largest = <largest>
    exps = <exps>
    return exps / <sum>
""",
    (
        Slot(
            "largest",
            "x.amax(dim=dim, keepdim=True)",
            (
                "x.abs().amax(dim=dim, keepdim=True)",
                "x.amin(dim=dim, keepdim=True)",
                "x.sum(dim=dim, keepdim=True)",
                "x.mean(dim=dim, keepdim=True)",
                "x.amax()",
                "x.amax(dim=-1, keepdim=True)",
                "0",
            ),
        ),
        Slot(
            "exps",
            "(x - largest).exp()",
            (
                "torch.sigmoid(x)",
                "torch.sigmoid(x - largest)",
                "torch.relu(x)",
                "x.abs()",
                "(x - largest)",
                "(x / largest).exp()",
                "(x / x.abs().amax(dim=dim, keepdim=True)).exp()",
                "(x / x.sum(dim=dim, keepdim=True)).exp()",
                "2 ** (x - largest)",
                "10 ** (x - largest)",
                "((x - largest) / x.shape[dim] ** 0.5).exp()",
                "((x - largest) / 2).exp()",
                "x.clamp(min=0)",
                "(x - largest).exp() ** 2",
                "(largest - x).exp()",
                "x",
                "torch.tanh(x)",
                "torch.log(x)",
            ),
        ),
        Slot(
            "sum",
            "exps.sum(dim=dim, keepdim=True)",
            (
                "1",
                "exps.amax(dim=dim, keepdim=True)",
                "exps.mean(dim=dim, keepdim=True)",
                "exps.sum()",
                "exps.sum(dim=-1, keepdim=True)",
                "exps.sum(dim=0, keepdim=True)",
                "exps.norm(dim=dim, keepdim=True)",
                "(exps.sum(dim=dim, keepdim=True) + 1)",
                "exps.std(dim=dim, keepdim=True)",
                "x.shape[dim]",
            ),
        ),
    ),
    NAMES,
)
