"""Where slips happen in the code of `kl_of_tokens`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def kl_of_tokens(log_probs, ref_log_probs):
    d = <d>
    return <k3>
""",
    (
        Slot(
            "d",
            "ref_log_probs - log_probs",
            ("log_probs - ref_log_probs", "(ref_log_probs - log_probs).abs()", "ref_log_probs / log_probs"),
        ),
        Slot(
            "k3",
            "d.exp() - d - 1",
            (
                "d.exp() - d + 1",
                "d.exp() + d - 1",
                "d.exp() - d",
                "d.exp() - 1",
                "d.exp()",
                "-d.exp() - d - 1",
                "-(d.exp() - d - 1)",
                "d",
                "-d",
                "d.abs()",
                "d**2 / 2",
                "d**2",
                "d.exp() * d - d - 1",
                "d.exp() * d",
                "log_probs.exp() * (log_probs - ref_log_probs)",
                "ref_log_probs.exp() * d",
                "(d.exp() - d - 1).mean()",
                "(d.exp() - d - 1).sum()",
                "(d.exp() - d - 1).mean(dim=1)",
                "(d - 1).exp() - d",
                "2**d - d - 1",
            ),
        ),
    ),
    NAMES,
)
