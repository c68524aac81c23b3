"""Where slips happen in the code of `share_heads`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def share_heads(x, groups):
    B, H, T, D = x.shape
    return <end>
""",
    (
        Slot(
            "end",
            "x.repeat_interleave(groups, dim=1)",
            (
                "x.repeat(1, groups, 1, 1)",
                "x.repeat_interleave(groups, dim=2)",
                "x.repeat_interleave(groups, dim=3)",
                "x.repeat_interleave(groups, dim=0)",
                "x.repeat(1, 1, groups, 1)",
                "x.repeat(groups, 1, 1, 1)",
                "x[:, :1].expand(B, H * groups, T, D)",
                "x[:, -1:].expand(B, H * groups, T, D)",
                "x.unsqueeze(2).expand(B, H, groups, T, D)",
                "x.unsqueeze(2).expand(B, H, groups, T, D).transpose(1, 2).reshape(B, H * groups, T, D)",
                "x.flip(1).repeat_interleave(groups, dim=1)",
                "x.repeat_interleave(groups, dim=1) / groups",
                "x.repeat_interleave(groups + 1, dim=1)",
                "x.repeat_interleave(groups - 1, dim=1)",
                "x.repeat_interleave(groups, dim=1).transpose(1, 2)",
                "x.mean(dim=1, keepdim=True).expand(B, H * groups, T, D)",
                "x.reshape(B, H * T, D).repeat_interleave(groups, dim=1).reshape(B, H * groups, T, D)",
                "x.reshape(B, H, T * D).repeat(1, 1, groups).reshape(B, H * groups, T, D).flip(1)",
                "x.unsqueeze(3).expand(B, H, T, groups, D).reshape(B, H * groups, T, D)",
                "x.repeat_interleave(groups, dim=1).flip(1)",
                "torch.nn.functional.pad(x, (0, 0, 0, 0, 0, H * (groups - 1)))",
                "x.expand(B, H, T, D)",
            ),
        ),
    ),
    NAMES,
)
