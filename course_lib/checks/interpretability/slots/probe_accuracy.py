"""Where slips happen in the code of `probe_accuracy`."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"F": F, "torch": torch}

VARIANTS = Variants(
    """
def probe_accuracy(x, labels, n):
    columns = <columns>
    targets = F.one_hot(labels).to(x.dtype)
    weight = torch.linalg.lstsq(<fitted>).solution
    scores = <scores>
    guesses = <guesses>
    return <end>
""",
    (
        Slot(
            "columns",
            "torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)",
            (
                "x",
                "torch.cat([x, torch.zeros(len(x), 1, dtype=x.dtype)], dim=1)",
            ),
        ),
        Slot(
            "fitted",
            "columns[:n], targets[:n]",
            (
                "columns, targets",
                "columns[n:], targets[n:]",
                "columns[: n - 1], targets[: n - 1]",
                "columns[: n + 1], targets[: n + 1]",
                "columns[-n:], targets[-n:]",
            ),
        ),
        Slot(
            "scores",
            "columns[n:] @ weight",
            (
                "torch.softmax(columns[n:] @ weight, dim=0)",
                "-columns[n:] @ weight",
            ),
        ),
        Slot(
            "guesses",
            "scores.argmax(dim=-1)",
            (
                "scores.argmin(dim=-1)",
                "scores.round().long()[:, -1]",
                "(scores[:, 1] > 0).long()",
            ),
        ),
        Slot(
            "end",
            "(guesses == labels[n:]).double().mean().item()",
            (
                "(guesses == labels[: len(guesses)]).double().mean().item()",
                "(guesses == labels[n:]).double().sum().item()",
                "(guesses != labels[n:]).double().mean().item()",
                "(guesses == labels[n:]).double().sum().item() / n",
                "(guesses == labels[n:]).double().sum().item() / len(labels)",
                "100 * (guesses == labels[n:]).double().mean().item()",
            ),
        ),
    ),
    NAMES,
    most=250,
)
