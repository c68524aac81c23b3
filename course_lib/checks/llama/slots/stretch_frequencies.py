"""Where slips happen in the code of `stretch_frequencies`."""

import math

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math, "torch": torch}

VARIANTS = Variants(
    """
def stretch_frequencies(frequencies, factor, low=1.0, high=4.0, original_len=8192):
    turns = <turns>
    share = <share>
    share = <cut>
    return <end>
""",
    (
        Slot(
            "turns",
            "original_len * frequencies / (2 * math.pi)",
            (
                "original_len * frequencies",
                "2 * math.pi / frequencies",
                "original_len / frequencies",
                "frequencies / (2 * math.pi)",
                "original_len * frequencies / math.pi",
                "original_len / (2 * math.pi * frequencies)",
                "original_len * factor * frequencies / (2 * math.pi)",
                "8192 * frequencies / (2 * math.pi)",
                "original_len * frequencies * 2 * math.pi",
            ),
        ),
        Slot(
            "share",
            "(turns - low) / (high - low)",
            (
                "(turns - high) / (high - low)",
                "(high - turns) / (high - low)",
                "(turns - low) / high",
                "turns / high",
                "(turns - low) / (low - high)",
                "(turns - 1) / 3",
                "(turns > low).float()",
                "(turns > high).float()",
                "(turns > (low + high) / 2).float()",
                "turns / (high - low)",
                "(turns.log() - math.log(low)) / (math.log(high) - math.log(low))",
            ),
        ),
        Slot(
            "cut",
            "share.clamp(0, 1)",
            (
                "share",
                "share.clamp(min=0)",
                "share.clamp(max=1)",
                "1 - share.clamp(0, 1)",
                "share.clamp(0, 1).round()",
                "share.clamp(0, 1) ** 2",
                "torch.sigmoid(share)",
            ),
        ),
        Slot(
            "end",
            "share * frequencies + (1 - share) * frequencies / factor",
            (
                "share * frequencies / factor + (1 - share) * frequencies",
                "share * frequencies + (1 - share) * frequencies * factor",
                "share * frequencies + (1 - share) / factor",
                "share * frequencies",
                "share * frequencies + frequencies / factor",
                "(1 - share) * frequencies / factor",
                "frequencies / (share + (1 - share) * factor)",
                "frequencies / factor",
                "frequencies / (1 + share * (factor - 1))",
                "frequencies * factor ** (share - 1)",
                "share * frequencies + (1 - share) * frequencies / factor**2",
            ),
        ),
    ),
    NAMES,
)
