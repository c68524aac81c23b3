"""Where slips happen in the code of `choose_seq_len`."""

import numpy as np
import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "np": np}

VARIANTS = Variants(
    """
def choose_seq_len(lengths, share):
    lengths = np.array(lengths)
    for power in range(<first>, 40):
        if <enough>:
            return <result>
    return -1
""",
    (
        Slot("first", "0", ("1", "2", "3", "4", "5", "6", "7", "10")),
        Slot(
            "enough",
            "np.mean(lengths <= 2**power) >= share",
            (
                "np.mean(lengths < 2**power) >= share",
                "np.mean(lengths <= 2**power) > share",
                "np.mean(lengths <= 2**power) > 0",
                "np.mean(lengths <= 2**power) >= 1",
                "np.mean(lengths <= 2**power) >= 0.5",
                "np.mean(lengths <= 2**power) >= 1 - share",
                "lengths.mean() <= 2**power",
                "np.median(lengths) <= 2**power",
                "int(np.median(lengths)) <= 2**power",
                "lengths.max() <= 2**power",
                "lengths.min() <= 2**power",
                "share * lengths.max() <= 2**power",
                "share * lengths.mean() <= 2**power",
                "lengths.sum() * share <= 2**power",
                "np.quantile(lengths, share) <= 2**power",
                "np.quantile(lengths, 1 - share) <= 2**power",
                "sorted(lengths)[min(int(share * len(lengths)), len(lengths) - 1)] <= 2**power",
                "sorted(lengths)[max(int(share * len(lengths)) - 1, 0)] <= 2**power",
                "sorted(lengths)[max(round(share * len(lengths)) - 1, 0)] <= 2**power",
                "lengths[lengths <= 2**power].sum() >= share * lengths.sum()",
                "np.minimum(lengths, 2**power).sum() >= share * lengths.sum()",
                "np.mean(np.unique(lengths) <= 2**power) >= share",
                "np.sum(lengths <= 2**power) >= share",
                "np.sum(lengths <= 2**power) >= int(share * len(lengths))",
                "np.sum(lengths <= 2**power) >= round(share * len(lengths))",
                "np.sum(lengths <= 2**power) >= share * 100",
            ),
        ),
        Slot("result", "2**power", ("power", "2 * 2**power", "2**power // 2", "2**power - 1", "2**power + 1")),
    ),
    NAMES,
)
