"""Where slips happen in the code of `best_answers`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def best_answers(log_ref, rewards, beta):
    return <normalised>(<policy>, dim=0)
""",
    (
        Slot(
            "policy",
            "log_ref + rewards / beta",
            (
                "log_ref + rewards * beta",
                "log_ref - rewards / beta",
                "log_ref + rewards",
                "log_ref * beta + rewards",
                "log_ref * rewards / beta",
                "log_ref.exp() + rewards / beta",
                "log_ref.exp() * rewards / beta",
                "(log_ref + rewards) / beta",
                "log_ref + (1 + rewards / beta).log()",
                "rewards / beta - log_ref",
                "rewards / beta",
                "rewards",
                "log_ref",
                "log_ref + (rewards - rewards.mean()) / (rewards.std() * beta)",
                "log_ref + (rewards / beta).exp()",
                "log_ref + (rewards / beta).log()",
            ),
        ),
        Slot("normalised", "torch.softmax", ("torch.log_softmax", "F.normalize", "torch.cumsum")),
    ),
    NAMES,
)
