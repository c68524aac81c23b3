"""Where slips happen in the code of `compare_in_group`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def compare_in_group(rewards):
    centred = <centred>
    return centred / <deviation>
""",
    (
        Slot(
            "centred",
            "rewards - rewards.mean(dim=1, keepdim=True)",
            (
                "rewards",
                "rewards - rewards.mean()",
                "rewards - rewards.mean(dim=0, keepdim=True)",
                "rewards - rewards.median(dim=1, keepdim=True).values",
                "rewards - rewards.amax(dim=1, keepdim=True)",
                "rewards - rewards.amin(dim=1, keepdim=True)",
                "rewards - rewards.sum(dim=1, keepdim=True)",
                "rewards.mean(dim=1, keepdim=True) - rewards",
                "(rewards - rewards.mean(dim=1, keepdim=True)).abs()",
                "rewards - (rewards.sum(dim=1, keepdim=True) - rewards) / (rewards.shape[1] - 1)",
            ),
        ),
        Slot(
            "deviation",
            "(rewards.std(dim=1, keepdim=True) + 1e-6)",
            (
                "(rewards.std() + 1e-6)",
                "(rewards.std(dim=0, keepdim=True) + 1e-6)",
                "(rewards.std(dim=1, keepdim=True, unbiased=False) + 1e-6)",
                "(rewards.var(dim=1, keepdim=True) + 1e-6)",
                "(rewards.var(dim=1, keepdim=True) + 1e-6).sqrt()",
                "rewards.std(dim=1, keepdim=True)",
                "(rewards.std(dim=1, keepdim=True) + 1e-3)",
                "(rewards.std(dim=1, keepdim=True) + 1)",
                "(centred.abs().mean(dim=1, keepdim=True) + 1e-6)",
                "(centred.norm(dim=1, keepdim=True) + 1e-6)",
                "(rewards.amax(dim=1, keepdim=True) - rewards.amin(dim=1, keepdim=True) + 1e-6)",
                "(rewards.abs().amax(dim=1, keepdim=True) + 1e-6)",
                "1",
            ),
        ),
    ),
    NAMES,
)
