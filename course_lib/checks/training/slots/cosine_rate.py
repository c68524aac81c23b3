"""Where slips happen in the code of `cosine_rate`."""

import math

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"math": math}

VARIANTS = Variants(
    """
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    if <warming>:
        return <line>
    progress = <progress>
    height = <height>
    return <end>
""",
    (
        Slot(
            "warming",
            "step < warmup_steps",
            (
                "step <= warmup_steps",
                "step + 1 < warmup_steps",
            ),
        ),
        Slot(
            "line",
            "peak * (step + 1) / warmup_steps",
            (
                "peak * step / warmup_steps",
                "peak * (step + 1) / (warmup_steps + 1)",
                "peak * step / (warmup_steps - 1)",
                "peak * (step + 1) / steps",
                "peak / warmup_steps",
                "(step + 1) / warmup_steps",
                "peak * (final_fraction + (1 - final_fraction) * (step + 1) / warmup_steps)",
                "peak",
            ),
        ),
        Slot(
            "progress",
            "(step - warmup_steps) / max(steps - 1 - warmup_steps, 1)",
            (
                "(step - warmup_steps) / (steps - warmup_steps)",
                "(step - warmup_steps + 1) / (steps - warmup_steps)",
                "(step - warmup_steps) / steps",
                "step / steps",
                "step / max(steps - 1, 1)",
                "(step - warmup_steps) / max(steps - 2 - warmup_steps, 1)",
                "step / (steps - warmup_steps)",
                "(step + 1) / steps",
            ),
        ),
        Slot(
            "height",
            "(1 + math.cos(math.pi * progress)) / 2",
            (
                "math.cos(math.pi * progress)",
                "math.cos(math.pi / 2 * progress)",
                "1 - progress",
                "(1 - math.cos(math.pi * progress)) / 2",
                "1 + math.cos(math.pi * progress)",
                "(1 + math.cos(2 * math.pi * progress)) / 2",
                "(1 + math.cos(progress)) / 2",
                "(1 - progress) ** 2",
                "(1 + math.sin(math.pi * progress)) / 2",
                "(1 + math.cos(math.pi * progress))",
            ),
        ),
        Slot(
            "end",
            "peak * (final_fraction + (1 - final_fraction) * height)",
            (
                "peak * height",
                "peak * (1 - final_fraction) * height",
                "peak * max(final_fraction, height)",
                "final_fraction + (peak - final_fraction) * height",
                "peak * (final_fraction + height)",
                "peak * final_fraction * height",
                "max(final_fraction, peak * height)",
                "peak * (1 - final_fraction + final_fraction * height)",
                "peak * (final_fraction + (1 + final_fraction) * height)",
            ),
        ),
    ),
    NAMES,
)
