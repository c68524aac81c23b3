"""Where slips happen in the code of `validation_loss`."""

import math

import torch
from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"F": F, "math": math, "torch": torch}

VARIANTS = Variants(
    """
def validation_loss(model, batches):
    mode = model.training
    model.<before>
    total, n = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            loss = <loss>
            total += <added>
            n += <counted>
    model.<after>
    return <end>
""",
    (
        Slot(
            "before",
            "eval()",
            (
                "train()",
                "train(mode)",
            ),
        ),
        Slot(
            "loss",
            "F.cross_entropy(model(x).flatten(0, 1), y.flatten())",
            (
                "F.cross_entropy(model(x)[:, -1], y[:, -1])",
                "F.cross_entropy(model(x)[:, :-1].flatten(0, 1), y[:, 1:].flatten())",
                "F.cross_entropy(model(x).flatten(0, 1), x.flatten())",
                "F.cross_entropy(model(x).softmax(dim=-1).flatten(0, 1), y.flatten())",
                "F.cross_entropy(model(x).flatten(0, 1), y.flatten()) / math.log(2)",
                "F.cross_entropy(model(x).flatten(0, 1), y.flatten()).exp()",
                "F.nll_loss(model(x).flatten(0, 1), y.flatten())",
            ),
        ),
        Slot(
            "added",
            "loss.item() * y.numel()",
            (
                "loss.item()",
                "loss.item() * len(y)",
                "loss.item() * y.shape[1]",
                "loss.item() * batches[0][1].numel()",
            ),
        ),
        Slot(
            "counted",
            "y.numel()",
            (
                "1",
                "len(y)",
                "y.shape[1]",
                "len(batches)",
                "batches[0][1].numel()",
            ),
        ),
        Slot(
            "after",
            "train(mode)",
            (
                "train()",
                "eval()",
                "train(not mode)",
            ),
        ),
        Slot(
            "end",
            "total / n",
            (
                "total",
                "total / len(batches)",
                "total / y.numel()",
                "total / (y.numel() * len(batches))",
                "total / (n * len(batches))",
                "math.exp(total / n)",
                "total / n / math.log(2)",
                "loss.item()",
                "total * n",
            ),
        ),
    ),
    NAMES,
    most=80,
)
