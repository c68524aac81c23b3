"""Where slips happen in the code of `train_steps`."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"F": F, "torch": torch}

VARIANTS = Variants(
    """
def train_steps(model, batches, learning_rate):
    optimizer = <optimizer>
    model.<mode>
    losses = []
    for x, y in batches:
        <before>
        loss = <loss>
        loss.backward()
        <step>
        losses.append(<kept>)
    return <end>
""",
    (
        Slot(
            "optimizer",
            "torch.optim.AdamW(model.parameters(), lr=learning_rate)",
            (
                "torch.optim.AdamW(model.parameters())",
                "torch.optim.Adam(model.parameters(), lr=learning_rate)",
                "torch.optim.SGD(model.parameters(), lr=learning_rate)",
                "torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)",
                "torch.optim.RMSprop(model.parameters(), lr=learning_rate)",
                "torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.0)",
                "torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.1)",
                "torch.optim.AdamW(model.parameters(), lr=learning_rate, betas=(0.9, 0.95))",
                "torch.optim.AdamW(list(model.parameters())[:1], lr=learning_rate)",
            ),
        ),
        Slot("mode", "train()", ("eval()",)),
        Slot(
            "before",
            "optimizer.zero_grad()",
            (
                "pass",
                "optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)",
            ),
        ),
        Slot(
            "loss",
            "F.cross_entropy(model(x).flatten(0, 1), y.flatten())",
            (
                'F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum")',
                "F.cross_entropy(model(x)[:, -1], y[:, -1])",
                "F.cross_entropy(model(x).flatten(0, 1), x.flatten())",
                "F.cross_entropy(model(x)[:, :-1].flatten(0, 1), y[:, 1:].flatten())",
                "F.cross_entropy(model(x).softmax(dim=-1).flatten(0, 1), y.flatten())",
                "F.cross_entropy(model(x).flatten(0, 1), y.flatten()) / len(batches)",
                "-F.cross_entropy(model(x).flatten(0, 1), y.flatten())",
            ),
        ),
        Slot(
            "step",
            "optimizer.step()",
            (
                "pass",
                "optimizer.zero_grad()",
                "optimizer.step(); optimizer.step()",
            ),
        ),
        Slot(
            "kept",
            "loss.item()",
            (
                "F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()",
                "loss.item() / len(x)",
                "loss.item() * len(x)",
                "loss.item() * y.numel()",
                "loss.exp().item()",
            ),
        ),
        Slot(
            "end",
            "losses",
            (
                "losses[1:]",
                "losses[-1]",
                "sum(losses) / len(losses)",
                "losses[::-1]",
            ),
        ),
    ),
    NAMES,
    most=60,
)
