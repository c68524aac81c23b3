"""Where slips happen in the code of `vocab_parallel_loss`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def vocab_parallel_loss(logits, targets, all_reduce):
    size = logits[0].shape[1]
    largest = <largest>
    sums = <sums>
    total = <total>
    own = []
    for r, piece in enumerate(logits):
        local = <local>
        mine = <mine>
        picked = piece.gather(1, local.clamp(0, size - 1)[:, None])[:, 0]
        own.append(<own>)
    target = all_reduce(own)
    return <end>
""",
    (
        Slot(
            "largest",
            'all_reduce([piece.amax(dim=1) for piece in logits], "max")',
            (
                "all_reduce([piece.amax(dim=1) for piece in logits])",
                "logits[0].amax(dim=1)",
                "torch.zeros(len(targets))",
                'all_reduce([piece.amin(dim=1) for piece in logits], "max")',
            ),
        ),
        Slot(
            "sums",
            "[(piece - largest[:, None]).exp().sum(dim=1) for piece in logits]",
            (
                "[piece.exp().sum(dim=1) for piece in logits]",
                "[(piece - piece.amax(dim=1, keepdim=True)).exp().sum(dim=1) for piece in logits]",
                "[(piece - largest[:, None]).exp().mean(dim=1) for piece in logits]",
                "[(piece + largest[:, None]).exp().sum(dim=1) for piece in logits]",
                "[(piece - largest[:, None]).logsumexp(dim=1) for piece in logits]",
                "[(piece - largest[:, None]).exp().amax(dim=1) for piece in logits]",
            ),
        ),
        Slot(
            "total",
            "all_reduce(sums)",
            (
                'all_reduce(sums, "max")',
                "sums[0]",
                "all_reduce([s.log() for s in sums]).exp()",
            ),
        ),
        Slot(
            "local",
            "targets - r * size",
            (
                "targets",
                "targets % size",
                "targets + r * size",
                "targets - r",
            ),
        ),
        Slot(
            "mine",
            "(local >= 0) & (local < size)",
            (
                "(local >= 0) & (local <= size)",
                "(local > 0) & (local < size)",
                "local < size",
                "local >= 0",
                "torch.ones_like(local, dtype=torch.bool)",
            ),
        ),
        Slot(
            "own",
            "picked * mine",
            (
                "picked",
                "(picked - largest) * mine",
                "torch.where(mine, picked, -torch.inf)",
                "torch.where(mine, picked, 1.0)",
                "picked.exp() * mine",
            ),
        ),
        Slot(
            "end",
            "(total.log() + largest - target).mean()",
            (
                "(total.log() + largest - target).sum()",
                "(total.log() - target).mean()",
                "(total.log() - largest - target).mean()",
                "(total.log() + largest + target).mean()",
                "(target - total.log() - largest).mean()",
                "(total + largest - target).mean()",
                "total.log() + largest - target",
                "(total.log() + largest).mean()",
                "(total.log2() + largest - target).mean()",
                "(total.log() + largest - target).mean() / len(logits)",
                "-((target - largest).exp() / total).mean()",
            ),
        ),
    ),
    NAMES,
)
