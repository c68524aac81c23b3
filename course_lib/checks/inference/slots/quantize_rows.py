"""Where slips happen in the code of `quantize_rows`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def quantize_rows(weight, bits):
    top = <top>
    largest = <largest>
    scale = largest / top
    steps = <steps>
    numbers = <numbers>
    return numbers.to(torch.int8), <scale>
""",
    (
        Slot(
            "top",
            "2 ** (bits - 1) - 1",
            (
                "2 ** (bits - 1)",
                "2**bits - 1",
                "2**bits",
                "127",
                "7",
                "bits",
                "2 ** (bits - 2) - 1",
            ),
        ),
        Slot(
            "largest",
            "weight.abs().amax(dim=1)",
            (
                "weight.amax(dim=1)",
                "weight.abs().max().expand(len(weight))",
                "weight.abs().amax(dim=0)[: len(weight)]",
                "weight.abs().mean(dim=1)",
                "weight.amax(dim=1) - weight.amin(dim=1)",
                "weight.norm(dim=1)",
                "weight.std(dim=1)",
                "(-weight).amax(dim=1)",
                "weight.amax(dim=1).abs()",
            ),
        ),
        Slot(
            "steps",
            "weight / torch.where(scale == 0, 1.0, scale)[:, None]",
            (
                "weight * scale[:, None]",
                "weight / (scale[:, None] + 1e-3)",
                "weight / torch.where(scale == 0, 1.0, scale).mean()",
                "weight * top",
            ),
        ),
        Slot(
            "numbers",
            "steps.round()",
            (
                "steps",
                "steps.floor()",
                "steps.ceil()",
                "steps.trunc()",
                "(steps + 0.5).trunc()",
                "(steps.abs() + 0.5).floor()",
                "steps.round().clamp(-7, 7)",
                "steps.round().clamp(min=0)",
                "steps.round().abs()",
                "steps.round() - top",
            ),
        ),
        Slot(
            "scale",
            "scale",
            (
                "torch.where(scale == 0, 1.0, scale)",
                "1 / scale",
                "largest",
                "scale[:, None]",
                "scale.max()",
                "top / largest",
            ),
        ),
    ),
    NAMES,
)
