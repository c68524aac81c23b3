"""Where slips happen in the code of `grpo_step`."""

import torch

from course_lib.checks.alignment.surrogates import RATIOS, means
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def grpo_step(log_probs, old_log_probs, ref_log_probs, rewards, mask, beta):
    ratio = <ratio>
    A = (<advantages>).unsqueeze(1)
    surrogate = <surrogate>
    d = <d>
    kl = <kl>
    return <end>
""",
    (
        Slot("ratio", "(log_probs - old_log_probs.detach()).exp()", RATIOS),
        Slot(
            "advantages",
            "(rewards - rewards.mean()) / (rewards.std() + 1e-6)",
            (
                "rewards",
                "rewards - rewards.mean()",
                "rewards / (rewards.std() + 1e-6)",
                "(rewards - rewards.mean()) / (rewards.std(unbiased=False) + 1e-6)",
                "(rewards - rewards.mean()) / (rewards.var() + 1e-6)",
                "(rewards.mean() - rewards) / (rewards.std() + 1e-6)",
            ),
        ),
        Slot(
            "surrogate",
            "torch.minimum(ratio * A, ratio.clamp(0.8, 1.2) * A)",
            (
                "torch.maximum(ratio * A, ratio.clamp(0.8, 1.2) * A)",
                "torch.minimum(ratio, ratio.clamp(0.8, 1.2)) * A",
                "torch.minimum(ratio * A, ratio.clamp(0.9, 1.1) * A)",
                "torch.minimum(ratio * A, ratio.clamp(max=1.2) * A)",
                "ratio.clamp(0.8, 1.2) * A",
                "ratio * A",
            ),
        ),
        Slot(
            "d",
            "ref_log_probs - log_probs",
            (
                "log_probs - ref_log_probs",
                "old_log_probs - log_probs",
                "ref_log_probs - old_log_probs",
                "(ref_log_probs - log_probs).detach()",
            ),
        ),
        Slot(
            "kl",
            "d.exp() - d - 1",
            ("d.exp() - d + 1", "d.exp() + d - 1", "d.exp() - 1", "-d", "d", "d**2 / 2", "0 * d"),
        ),
        Slot(
            "end",
            "((beta * kl - surrogate) * mask).sum() / mask.sum()",
            (
                "((-beta * kl - surrogate) * mask).sum() / mask.sum()",
                "((beta * kl + surrogate) * mask).sum() / mask.sum()",
                "((kl - surrogate) * mask).sum() / mask.sum()",
                "((kl - beta * surrogate) * mask).sum() / mask.sum()",
                "(beta * kl).mean() - (surrogate * mask).sum() / mask.sum()",
                "(beta * kl * mask).sum() - (surrogate * mask).sum() / mask.sum()",
                *means("(beta * kl - surrogate)", ""),
            ),
        ),
    ),
    NAMES,
    most=350,
)
