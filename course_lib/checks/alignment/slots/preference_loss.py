"""Where slips happen in the code of `preference_loss`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch, "F": torch.nn.functional}

VARIANTS = Variants(
    """
def preference_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    margin = <margin>
    return <loss>
""",
    (
        Slot(
            "margin",
            "(chosen - ref_chosen) - (rejected - ref_rejected)",
            (
                "chosen - rejected",
                "(chosen - ref_chosen)",
                "(chosen - ref_chosen) + (rejected - ref_rejected)",
                "(chosen - ref_chosen) - (rejected + ref_rejected)",
                "(chosen + ref_chosen) - (rejected + ref_rejected)",
                "(chosen + ref_chosen) - (rejected - ref_rejected)",
                "(chosen - ref_rejected) - (rejected - ref_chosen)",
                "chosen - ref_chosen - rejected - ref_rejected",
                "(rejected - ref_rejected) - (chosen - ref_chosen)",
                "ref_chosen - ref_rejected",
                "(chosen - ref_chosen) - (rejected - ref_rejected) / beta",
                "(chosen - ref_chosen).exp() - (rejected - ref_rejected).exp()",
                "(chosen / ref_chosen) - (rejected / ref_rejected)",
                "((chosen - ref_chosen) - (rejected - ref_rejected)).abs()",
            ),
        ),
        Slot(
            "loss",
            "-F.logsigmoid(beta * margin).mean()",
            (
                "F.logsigmoid(beta * margin).mean()",
                "-F.logsigmoid(margin).mean()",
                "-F.logsigmoid(beta**2 * margin).mean()",
                "-F.logsigmoid(margin / beta).mean()",
                "-beta * F.logsigmoid(margin).mean()",
                "-F.logsigmoid(beta * margin).sum()",
                "-F.logsigmoid(beta * margin.mean())",
                "-F.logsigmoid(beta * margin)",
                "-torch.sigmoid(beta * margin).mean()",
                "-torch.sigmoid(beta * margin).log().mean()",
                "-torch.sigmoid(beta * margin).mean().log()",
                "-(beta * margin).mean()",
                "F.relu(1 - beta * margin).mean()",
                "((beta * margin - 1) ** 2).mean()",
                "-F.logsigmoid(beta * margin).mean() / 0.6931471805599453",
                "-F.logsigmoid(beta + margin).mean()",
                "-F.logsigmoid(-beta * margin).mean()",
                "(1 - torch.sigmoid(beta * margin)).mean()",
                "-torch.tanh(beta * margin).mean()",
            ),
        ),
    ),
    NAMES,
)
