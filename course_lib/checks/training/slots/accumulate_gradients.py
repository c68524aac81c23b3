"""Where slips happen in the code of `accumulate_gradients`."""

from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"F": F}

VARIANTS = Variants(
    """
def accumulate_gradients(model, batches):
    total = 0.0
    n = <n>
    for x, y in batches:
        loss = <loss>
        part = <part>
        part.backward()
        total += <added>
    return <end>
""",
    (
        Slot(
            "n",
            "sum(y.numel() for _, y in batches)",
            (
                "len(batches)",
                "sum(len(y) for _, y in batches)",
                "batches[0][1].numel()",
                "batches[-1][1].numel()",
                "batches[0][1].numel() * len(batches)",
                "1",
            ),
        ),
        Slot(
            "loss",
            'F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum")',
            (
                "F.cross_entropy(model(x).flatten(0, 1), y.flatten())",
                "F.cross_entropy(model(x).flatten(0, 1), y.flatten()) * len(y)",
                'F.cross_entropy(model(x)[:, -1], y[:, -1], reduction="sum")',
                'F.cross_entropy(model(x)[:, :-1].flatten(0, 1), y[:, 1:].flatten(), reduction="sum")',
                'F.cross_entropy(model(x).flatten(0, 1), x.flatten(), reduction="sum")',
                'F.cross_entropy(model(x).softmax(dim=-1).flatten(0, 1), y.flatten(), reduction="sum")',
                '-F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum")',
            ),
        ),
        Slot(
            "part",
            "loss / n",
            (
                "loss",
                "loss / y.numel()",
                "loss / y.numel() / len(batches)",
                "loss / len(batches)",
                "loss * n",
            ),
        ),
        Slot(
            "added",
            "part.item()",
            (
                "loss.item()",
                "loss.item() / y.numel()",
                "part.item() * y.numel()",
            ),
        ),
        Slot(
            "end",
            "total",
            (
                "total / n",
                "total / len(batches)",
                "part.item()",
                "loss.item()",
                "total * n",
                "None",
            ),
        ),
    ),
    NAMES,
    most=80,
)
