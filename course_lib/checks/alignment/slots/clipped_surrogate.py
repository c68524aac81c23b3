"""Where slips happen in the code of `clipped_surrogate`."""

import torch

from course_lib.checks.alignment.surrogates import RATIOS, means
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def clipped_surrogate(log_probs, old_log_probs, advantages, mask, clip):
    ratio = <ratio>
    A = advantages.unsqueeze(1)
    surrogate = <surrogate>
    return <end>
""",
    (
        Slot("ratio", "(log_probs - old_log_probs.detach()).exp()", RATIOS),
        Slot(
            "surrogate",
            "torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)",
            (
                "torch.maximum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)",
                "torch.minimum(ratio, ratio.clamp(1 - clip, 1 + clip)) * A",
                "torch.minimum(ratio * A, ratio.clamp(max=1 + clip) * A)",
                "torch.minimum(ratio * A, ratio.clamp(min=1 - clip) * A)",
                "torch.minimum(ratio * A, ratio.clamp(-clip, clip) * A)",
                "torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip))",
                "torch.minimum(ratio * A, (ratio * A).clamp(1 - clip, 1 + clip))",
                "torch.minimum(ratio, ratio.clamp(1 - clip, 1 + clip) * A)",
                "ratio.clamp(1 - clip, 1 + clip) * A",
                "ratio.clamp(max=1 + clip) * A",
                "ratio * A",
                "torch.minimum(ratio * A.abs(), ratio.clamp(1 - clip, 1 + clip) * A.abs())",
                "torch.where(A > 0, ratio.clamp(max=1 + clip), ratio.clamp(max=1 - clip)) * A",
                "torch.where((ratio - 1).abs() <= clip, ratio * A, 0 * ratio)",
            ),
        ),
        Slot(
            "end",
            "-(surrogate * mask).sum() / mask.sum()",
            ("(surrogate * mask).sum() / mask.sum()", *means("surrogate", "-")),
        ),
    ),
    NAMES,
    most=350,
)
