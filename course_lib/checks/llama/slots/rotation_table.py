"""Where slips happen in the code of `rotation_table`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def rotation_table(head_dim, seq_len, theta):
    exponents = <exponents>
    speeds = <speeds>
    positions = <positions>
    angles = <angles>
    return <end>
""",
    (
        Slot(
            "exponents",
            "torch.arange(0, head_dim, 2) / head_dim",
            (
                "torch.arange(head_dim // 2) / head_dim",
                "torch.arange(0, head_dim, 2) / (head_dim // 2)",
                "torch.arange(head_dim) / head_dim",
                "torch.arange(1, head_dim + 1, 2) / head_dim",
                "torch.arange(2, head_dim + 2, 2) / head_dim",
                "torch.arange(0, head_dim, 2) / (head_dim - 2)",
                "torch.arange(0, head_dim, 2) / seq_len",
                "torch.arange(0, head_dim, 2)",
                "torch.arange(0, head_dim, 2) // head_dim",
                "2 * torch.arange(0, head_dim, 2) / head_dim",
                "torch.arange(0, head_dim, 2).flip(0) / head_dim",
            ),
        ),
        Slot(
            "speeds",
            "theta**-exponents",
            (
                "theta**exponents",
                "1 / theta * exponents",
                "(-exponents * theta).exp()",
                "(-exponents).exp()",
                "10000.0**-exponents",
                "2 * math.pi * theta**-exponents",
                "theta ** (-exponents / 2)",
                "(theta**-exponents).flip(0)",
            ),
        ),
        Slot(
            "positions",
            "torch.arange(seq_len)",
            (
                "torch.arange(1, seq_len + 1)",
                "torch.arange(seq_len) / seq_len",
                "torch.arange(seq_len).flip(0)",
                "torch.ones(seq_len)",
            ),
        ),
        Slot(
            "angles",
            "positions[:, None] * speeds",
            (
                "positions[:, None] + speeds",
                "positions[:, None] / speeds",
                "positions[:, None] * speeds * math.pi / 180",
                "positions[:, None] * speeds * 2 * math.pi",
                "speeds[:, None] * positions",
                "(positions[:, None] * speeds) % math.pi",
                "-positions[:, None] * speeds",
                "positions[:, None] ** speeds",
            ),
        ),
        Slot(
            "end",
            "angles.cos(), angles.sin()",
            (
                "angles.sin(), angles.cos()",
                "angles.cos(), angles.cos()",
                "angles.cos(), -angles.sin()",
                "torch.cat([angles, angles], dim=-1).cos(), torch.cat([angles, angles], dim=-1).sin()",
                "angles.repeat_interleave(2, dim=-1).cos(), angles.repeat_interleave(2, dim=-1).sin()",
                "angles.T.cos(), angles.T.sin()",
                "angles.cos(), angles.tan()",
                "angles.exp(), angles.exp()",
                "torch.stack([angles.cos(), angles.sin()])",
                "angles, angles",
            ),
        ),
    ),
    NAMES,
)
