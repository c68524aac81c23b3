"""Where slips happen in the code of `route`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def route(logits, k):
    best = <best>
    chosen = best.indices
    shares = <shares>
    return <end>
""",
    (
        Slot(
            "best",
            "logits.topk(k, dim=-1)",
            (
                "logits.topk(k, dim=-1, largest=False)",
                "logits.abs().topk(k, dim=-1)",
                "logits.T.topk(k, dim=-1)",
                "logits.sort(dim=-1, descending=True)",
                "logits.topk(max(k - 1, 1), dim=-1)",
                "logits.topk(k, dim=0)",
                "torch.sigmoid(-logits).topk(k, dim=-1)",
            ),
        ),
        Slot(
            "shares",
            "torch.softmax(best.values, dim=-1)",
            (
                "torch.softmax(best.values, dim=0)",
                "torch.softmax(logits, dim=-1).gather(-1, chosen)",
                "torch.softmax(logits, dim=-1).topk(k).values",
                "torch.softmax(torch.softmax(logits, dim=-1).gather(-1, chosen), dim=-1)",
                "torch.softmax(logits, dim=0).gather(-1, chosen)",
                "torch.softmax(logits, dim=-1)[:, :k]",
                "torch.softmax(logits[:, :k], dim=-1)",
                "best.values",
                "best.values / best.values.sum(dim=-1, keepdim=True)",
                "torch.sigmoid(best.values)",
                "torch.sigmoid(best.values) / torch.sigmoid(best.values).sum(dim=-1, keepdim=True)",
                "torch.full_like(best.values, 1 / k)",
                "best.values.exp()",
                "torch.softmax(-best.values, dim=-1)",
                "torch.log_softmax(best.values, dim=-1)",
            ),
        ),
        Slot(
            "end",
            "shares, chosen",
            (
                "chosen, shares",
                "shares.flip(1), chosen.flip(1)",
                "shares, chosen.flip(1)",
                "shares.flip(1), chosen",
                "shares, chosen.sort(dim=-1).values",
                "shares.gather(1, chosen.argsort(dim=-1)), chosen.sort(dim=-1).values",
                "shares[:, :1], chosen[:, :1]",
                "shares, chosen + 1",
                "shares.T, chosen.T",
            ),
        ),
    ),
    NAMES,
)
