"""Where slips happen in the code of `mean_ablate`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def mean_ablate(gathered, real, head):
    theirs = gathered[:, :, head]
    mean = <mean>
    result = gathered.clone()
    result<place> = <value>
    return <end>
""",
    (
        Slot(
            "mean",
            "theirs[real].mean(dim=0)",
            (
                "theirs.mean(dim=(0, 1))",
                "theirs[~real].mean(dim=0)",
                "(theirs * real[..., None]).mean(dim=(0, 1))",
                "(theirs * real[..., None]).sum(dim=1, keepdim=True) / real.sum(dim=1)[:, None, None]",
                "(theirs * real[..., None]).sum(dim=0, keepdim=True) / real.sum(dim=0)[None, :, None]",
                "theirs.mean(dim=1, keepdim=True)",
                "theirs.mean(dim=0, keepdim=True)",
                "theirs[real].mean()",
                "theirs[real].sum(dim=0)",
                "theirs[real].median(dim=0).values",
                "gathered[real].mean(dim=(0, 1))",
                "theirs[real].mean(dim=-1, keepdim=True).mean()",
                "gathered[:, :, 0][real].mean(dim=0)",
                "(theirs * real[..., None]).sum(dim=(0, 1)) / len(real)",
                "(theirs * real[..., None]).sum(dim=(0, 1)) / real.numel()",
                "theirs[0][real[0]].mean(dim=0)",
                "torch.zeros(theirs.shape[-1])",
            ),
        ),
        Slot(
            "place",
            "[:, :, head]",
            (
                "[:, head % gathered.shape[1]]",
                "[real]",
                "[:, :, :]",
                "[:, :, head - 1]",
                "[:, :, 0]",
                "[:, :, : head + 1]",
            ),
        ),
        Slot(
            "value",
            "mean",
            (
                "mean * real[..., None]",
                "torch.where(real[..., None], mean, theirs)",
                "torch.where(real[..., None], theirs, mean)",
                "theirs - mean",
                "theirs + mean",
                "-mean",
                "0.0",
            ),
        ),
        Slot(
            "end",
            "result",
            (
                "result[:, :, head]",
                "result * real[..., None, None]",
                "gathered",
            ),
        ),
    ),
    NAMES,
)
