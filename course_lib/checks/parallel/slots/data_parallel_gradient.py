"""Where slips happen in the code of `data_parallel_gradient`."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"F": F, "torch": torch}

VARIANTS = Variants(
    """
def data_parallel_gradient(weight, x, y, devices):
    gradients = []
    for r in range(devices):
        mine = <mine>
        w = weight.detach().clone().requires_grad_()
        loss = <loss>
        gradients.append(torch.autograd.grad(loss, w)[0])
    return <end>
""",
    (
        Slot(
            "mine",
            "torch.arange(len(x)).tensor_split(devices)[r]",
            (
                "torch.arange(len(x))",
                "torch.arange(len(x))[r * (len(x) // devices) : (r + 1) * (len(x) // devices)]",
                "torch.arange(len(x)).tensor_split(devices)[0]",
                "torch.arange(len(x)).chunk(devices)[min(r, len(torch.arange(len(x)).chunk(devices)) - 1)]",
            ),
        ),
        Slot(
            "loss",
            'F.cross_entropy(x[mine] @ w.T, y[mine], reduction="sum") / len(x)',
            (
                'F.cross_entropy(x[mine] @ w.T, y[mine], reduction="sum")',
                "F.cross_entropy(x[mine] @ w.T, y[mine])",
                "F.cross_entropy(x[mine] @ w.T, y[mine]) / devices",
                "F.cross_entropy(x[mine] @ w.T, y[mine]) * len(mine)",
                'F.cross_entropy(x[mine] @ w.T, y[mine], reduction="sum") / len(mine)',
                'F.cross_entropy(x[mine] @ w.T, y[mine], reduction="sum") / len(weight)',
                'F.cross_entropy(x[mine] @ w.T, y[: len(mine)], reduction="sum") / len(x)',
                'F.cross_entropy(torch.softmax(x[mine] @ w.T, dim=-1), y[mine], reduction="sum") / len(x)',
                'F.cross_entropy(-x[mine] @ w.T, y[mine], reduction="sum") / len(x)',
            ),
        ),
        Slot(
            "end",
            "torch.stack(gradients).sum(dim=0)",
            (
                "torch.stack(gradients).mean(dim=0)",
                "gradients[0]",
                "gradients[-1]",
                "torch.stack(gradients).sum(dim=0) / len(x)",
                "torch.stack(gradients[:-1] or gradients).sum(dim=0)",
                "torch.stack(gradients).amax(dim=0)",
                "torch.stack(gradients)",
                "-torch.stack(gradients).sum(dim=0)",
                "torch.stack(gradients).sum(dim=0).T",
                "weight - torch.stack(gradients).sum(dim=0)",
            ),
        ),
    ),
    NAMES,
)
