"""Where slips happen in the code of `bootstrap_interval`."""

import math

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "math": math, "np": np}

VARIANTS = Variants(
    """
def bootstrap_interval(values, draws, level):
    means = <means>
    low, high = <low>, <high>
    return float(low), float(high)
""",
    (
        Slot(
            "means",
            "values[draws].mean(dim=1)",
            (
                "values[draws].mean(dim=0)",
                "values[draws].median(dim=1).values",
                "values[draws].sum(dim=1)",
                "values[draws].flatten()",
                "values[draws].std(dim=1)",
                "values[draws][:, 0]",
                "values[draws].amax(dim=1)",
                "values",
            ),
        ),
        Slot(
            "low",
            "torch.quantile(means, (1 - level) / 2)",
            (
                "torch.quantile(means, 1 - level)",
                "torch.quantile(means, level / 2)",
                "torch.quantile(means, 0.025)",
                "torch.quantile(means, 0)",
                "means.min()",
                "means.mean() - 2 * means.std()",
                "means.mean() - 1.96 * means.std()",
                "means.mean() - level * means.std()",
                "means.mean() - means.std()",
                "means.sort().values[int((1 - level) / 2 * len(means))]",
            ),
        ),
        Slot(
            "high",
            "torch.quantile(means, (1 + level) / 2)",
            (
                "torch.quantile(means, level)",
                "torch.quantile(means, 1 - level / 2)",
                "torch.quantile(means, 0.975)",
                "torch.quantile(means, 1)",
                "means.max()",
                "means.mean() + 2 * means.std()",
                "means.mean() + 1.96 * means.std()",
                "means.mean() + level * means.std()",
                "means.mean() + means.std()",
                "means.sort().values[int((1 + level) / 2 * len(means)) - 1]",
                "means.sort().values[min(int((1 + level) / 2 * len(means)), len(means) - 1)]",
            ),
        ),
    ),
    NAMES,
)
