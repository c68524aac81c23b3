"""Where slips happen in the code of `reinforce_loss`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def reinforce_loss(log_probs, rewards, mask):
    answers = <answers>
    advantages = <advantages>
    return <sign>(advantages * answers)<end>
""",
    (
        Slot(
            "answers",
            "(log_probs * mask).sum(dim=1)",
            (
                "log_probs.sum(dim=1)",
                "log_probs.mean(dim=1)",
                "(log_probs * mask).mean(dim=1)",
                "(log_probs * mask).sum(dim=1) / mask.sum(dim=1)",
                "(log_probs * ~mask).sum(dim=1)",
                "(log_probs.exp() * mask).sum(dim=1)",
                "(log_probs * mask).sum(dim=1).exp()",
                "(log_probs * mask).prod(dim=1)",
                "(log_probs * mask)[:, -1]",
                "(log_probs * mask).sum()",
                "(log_probs * mask).sum(dim=1).detach()",
            ),
        ),
        Slot(
            "advantages",
            "rewards - rewards.mean()",
            (
                "rewards",
                "rewards.mean()",
                "rewards + rewards.mean()",
                "rewards.mean() - rewards",
                "rewards - rewards.median()",
                "rewards - rewards.max()",
                "rewards - rewards.min()",
                "rewards / rewards.sum()",
                "rewards.softmax(dim=0)",
                "(rewards - rewards.mean()) / (rewards.std() + 1e-6)",
                "rewards - (rewards.sum() - rewards) / (len(rewards) - 1)",
                "(rewards - rewards.mean()).abs()",
                "(rewards - rewards.mean()).clamp(min=0)",
            ),
        ),
        Slot("sign", "-", ("+", "-0.5 * ", "-2 * ")),
        Slot(
            "end",
            ".mean()",
            (".sum()", ".sum() / mask.sum()", ".sum() / log_probs.numel()", ".max()", ".mean() / 2", ""),
        ),
    ),
    NAMES,
)
