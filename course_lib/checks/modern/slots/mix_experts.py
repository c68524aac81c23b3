"""Where slips happen in the code of `mix_experts`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def mix_experts(x, shares, chosen, experts):
    mixture = <start>
    for number in range(<numbers>):
        rows, place = torch.where(chosen == number)
        share = <share>
        out = <out>
        <add>
    return <end>
""",
    (
        Slot(
            "start",
            "torch.zeros_like(x)",
            (
                "x.clone()",
                "torch.ones_like(x)",
            ),
        ),
        Slot(
            "numbers",
            "len(experts)",
            (
                "len(experts) - 1",
                "chosen.shape[1]",
                "1, len(experts)",
                "len(x)",
            ),
        ),
        Slot(
            "share",
            "shares[rows, place]",
            (
                "shares[rows, 0]",
                "shares[rows, -1]",
                "shares[rows].sum(dim=1)",
                "shares[rows, place] * 0 + 1",
                "shares[rows].mean(dim=1)",
                "shares[rows, chosen.shape[1] - 1 - place]",
                "shares[place % len(x), place]",
                "torch.softmax(shares, dim=-1)[rows, place]",
            ),
        ),
        Slot(
            "out",
            "x[rows] @ experts[number]",
            (
                "x[rows] @ experts[number].T",
                "x[rows] @ experts[number - 1]",
                'torch.einsum("nc,ncd->nd", x[rows], experts[chosen[rows, 0]])',
                "x[rows] * experts[number].diagonal()",
                "torch.relu(x[rows] @ experts[number])",
                "x[rows] + x[rows] @ experts[number]",
            ),
        ),
        Slot(
            "add",
            "mixture[rows] += share[:, None] * out",
            (
                "mixture[rows] = share[:, None] * out",
                "mixture[rows] += out",
                "mixture[rows] -= share[:, None] * out",
                "mixture[rows] = mixture[rows] * share[:, None] + out",
                "mixture[rows] = torch.maximum(mixture[rows], share[:, None] * out)",
                "mixture += (share[:, None] * out).sum(dim=0)",
            ),
        ),
        Slot(
            "end",
            "mixture",
            (
                "mixture / chosen.shape[1]",
                "mixture + x",
                "mixture.T",
            ),
        ),
    ),
    NAMES,
)
