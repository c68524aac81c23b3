"""Where slips happen in the code of `layer_norm`."""

import torch

from course_lib import block
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "Given": block.DecoderBlock, "PostNorm": block.PostNormBlock}

VARIANTS = Variants(
    """
def layer_norm(x, weight, bias, eps=1e-5):
    mean = <mean>
    deviation = <deviation>
    return (x - mean) / deviation <affine>
""",
    (
        Slot(
            "mean",
            "x.mean(dim=-1, keepdim=True)",
            (
                "0",
                "x.mean()",
                "x.mean(dim=0, keepdim=True)",
                "x.mean(dim=-2, keepdim=True)",
                "x.amin(dim=-1, keepdim=True)",
                "x.amax(dim=-1, keepdim=True)",
                "x.sum(dim=-1, keepdim=True)",
                "x.median(dim=-1, keepdim=True).values",
            ),
        ),
        Slot(
            "deviation",
            "torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) + eps)",
            (
                "torch.sqrt(x.var(dim=-1, keepdim=True) + eps)",
                "(x.std(dim=-1, keepdim=True, unbiased=False) + eps)",
                "(x.std(dim=-1, keepdim=True) + eps)",
                "torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False))",
                "torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) + eps**2)",
                "torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) - eps)",
                "torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) + eps) ** 2",
                "(x.var(dim=-1, keepdim=True, unbiased=False) + eps)",
                "(x.amax(dim=-1, keepdim=True) - x.amin(dim=-1, keepdim=True) + eps)",
                "(x.amax(dim=-1, keepdim=True) - x.amin(dim=-1, keepdim=True))",
                "torch.sqrt(x.square().mean(dim=-1, keepdim=True) + eps)",
                "((x - mean).abs().mean(dim=-1, keepdim=True) + eps)",
                "torch.sqrt((x - mean).square().sum(dim=-1, keepdim=True) + eps)",
                "((x - mean).norm(dim=-1, keepdim=True) + eps)",
                "(x.norm(dim=-1, keepdim=True) + eps)",
                "(x.abs().amax(dim=-1, keepdim=True) + eps)",
                "(x.abs().sum(dim=-1, keepdim=True) + eps)",
                "torch.sqrt(x.var(unbiased=False) + eps)",
                "1",
            ),
        ),
        Slot(
            "affine",
            "* weight + bias",
            (
                "* weight + 2 * bias",
                "* weight + bias * weight + bias",
                "* weight - bias",
                "* bias + weight",
                "+ weight + bias",
                "* weight * bias",
                "/ weight + bias",
                "* (1 + weight) + bias",
                "* weight.abs() + bias",
                "* weight",
                "+ bias",
                "",
            ),
        ),
    ),
    NAMES,
    most=250,
)
