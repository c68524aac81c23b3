"""Where slips happen in the code of `induction_scores`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def induction_scores(weights, period):
    T = weights.shape[-1]
    t = <queries>
    there = <there>
    given = <given>
    return <end>
""",
    (
        Slot(
            "queries",
            "torch.arange(period, T)",
            (
                "torch.arange(T)",
                "torch.arange(period + 1, T)",
                "torch.arange(period - 1, T)",
                "torch.arange(period, T - 1)",
                "torch.arange(2 * period, T)",
                "torch.arange(1, period)",
            ),
        ),
        Slot(
            "there",
            "t - period + 1",
            (
                "t - period",
                "t - period - 1",
                "t - period + 2",
                "t - 1",
                "t",
                "(t + 1) % period",
                "t % period",
                "t % period + 1",
                "t - period // 2",
            ),
        ),
        Slot(
            "given",
            "weights[:, t, there]",
            (
                "weights[:, there, t]",
                "(weights[:, t].argmax(dim=-1) == there).to(weights.dtype)",
                "weights[:, t, there] + weights[:, t, there - 1]",
                "weights.mean(dim=1)[:, there]",
                "weights[:, t, : period + 1].amax(dim=-1)",
                "weights[:, t].amax(dim=-1)",
            ),
        ),
        Slot(
            "end",
            "given.mean(dim=-1)",
            (
                "given.sum(dim=-1)",
                "given.sum(dim=-1) / T",
                "given.sum(dim=-1) / period",
                "given.amax(dim=-1)",
                "given.amin(dim=-1)",
                "given.median(dim=-1).values",
                "given.mean()",
                "given.mean(dim=0)",
                "given.mean(dim=-1, keepdim=True)",
                "given.std(dim=-1)",
                "given",
                "given[:, 0]",
                "given[:, -1]",
            ),
        ),
    ),
    NAMES,
)
