"""Where slips happen in the code of `balance_loss`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def balance_loss(logits, k):
    N, E = logits.shape
    probabilities = <probabilities>
    chosen = <chosen>
    counts = torch.zeros(E).index_add(0, chosen.flatten(), torch.ones(chosen.numel()))
    f = <f>
    P = <P>
    return <end>
""",
    (
        Slot(
            "probabilities",
            "torch.softmax(logits, dim=-1)",
            (
                "torch.softmax(logits, dim=0)",
                "logits",
                "torch.sigmoid(logits)",
                "torch.softmax(logits, dim=-1).detach()",
                "torch.log_softmax(logits, dim=-1)",
                "torch.softmax(logits, dim=-1) * torch.zeros_like(logits).scatter(1, logits.topk(k).indices, 1.0)",
            ),
        ),
        Slot(
            "chosen",
            "logits.topk(k, dim=-1).indices",
            (
                "logits.topk(k, dim=-1, largest=False).indices",
                "logits.topk(1, dim=-1).indices",
                "logits.abs().topk(k, dim=-1).indices",
            ),
        ),
        Slot(
            "f",
            "counts / (N * k)",
            (
                "counts / N",
                "counts / k",
                "counts",
                "counts / E",
                "counts / counts.max()",
                "(counts > 0).float()",
                "torch.softmax(counts, dim=0)",
                "counts / (E * k)",
                "counts / (N * E)",
            ),
        ),
        Slot(
            "P",
            "probabilities.mean(dim=0)",
            (
                "probabilities.sum(dim=0)",
                "probabilities.amax(dim=0)",
                "probabilities.mean(dim=0).detach()",
                "probabilities.sum(dim=0) / (N * k)",
                "f",
            ),
        ),
        Slot(
            "end",
            "E * (f * P).sum()",
            (
                "(f * P).sum()",
                "(f * P).mean()",
                "k * (f * P).sum()",
                "N * (f * P).sum()",
                "E * (f * P).mean()",
                "E * (f + P).sum()",
                "E * (f - P).square().sum()",
                "(f - P).square().sum()",
                "E * (P * P).sum()",
                "E * (f * f).sum()",
                "E * k * (f * P).sum()",
                "E**2 * (f * P).sum()",
                "1 - E * (f * P).sum()",
                "-E * (f * P).sum()",
                "E * (f * P).sum() - 1",
                "E * (f * P)",
                "(f * P.log()).sum()",
            ),
        ),
    ),
    NAMES,
)
