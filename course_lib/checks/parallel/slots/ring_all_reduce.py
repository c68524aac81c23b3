"""Where slips happen in the code of `ring_all_reduce`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def ring_all_reduce(tensors, exchange):
    n = len(tensors)
    parts = [list(tensor.chunk(n)) for tensor in tensors]
    for step in range(<first>):
        sent = [<sent> for r in range(n)]
        arrived = exchange([parts[r][sent[r]] for r in range(n)])
        for r in range(n):
            place = <place>
            parts[r][place] = <added>
    for step in range(<second>):
        sent = [<complete> for r in range(n)]
        arrived = exchange([parts[r][sent[r]] for r in range(n)])
        for r in range(n):
            place = <there>
            parts[r][place] = <replaced>
    return <end>
""",
    (
        Slot(
            "first",
            "n - 1",
            (
                "n",
                "n - 2",
            ),
        ),
        Slot(
            "sent",
            "(r - step) % n",
            (
                "r",
                "(r + step) % n",
                "(r + 1 - step) % n",
                "step",
                "(r - step - 1) % n",
            ),
        ),
        Slot(
            "place",
            "sent[r - 1]",
            (
                "sent[r]",
                "(r + 1) % n",
                "sent[(r + 1) % n]",
                "r",
            ),
        ),
        Slot(
            "added",
            "parts[r][place] + arrived[r]",
            (
                "arrived[r]",
                "parts[r][sent[r]] + arrived[r]",
                "(parts[r][place] + arrived[r]) / 2",
                "parts[r][place] + arrived[(r + 1) % n]",
                "parts[r][place] + arrived[r - 1]",
            ),
        ),
        Slot(
            "second",
            "n - 1",
            (
                "n",
                "n - 2",
                "0",
            ),
        ),
        Slot(
            "complete",
            "(r + 1 - step) % n",
            (
                "(r - step) % n",
                "(r + 1) % n",
                "(r + 2 - step) % n",
                "(r - 1 - step) % n",
                "(r + 1 + step) % n",
                "step",
                "r",
            ),
        ),
        Slot(
            "there",
            "sent[r - 1]",
            (
                "sent[r]",
                "sent[(r + 1) % n]",
                "r",
            ),
        ),
        Slot(
            "replaced",
            "arrived[r]",
            (
                "parts[r][place] + arrived[r]",
                "parts[r][place]",
                "arrived[r] / n",
                "arrived[r - 1]",
            ),
        ),
        Slot(
            "end",
            "[torch.cat(mine) for mine in parts]",
            (
                "[torch.cat(mine[::-1]) for mine in parts]",
                "[torch.cat(mine) / n for mine in parts]",
                "[torch.cat(mine[1:] + mine[:1]) for mine in parts]",
                "torch.cat(parts[0])",
                "[mine[r] for r, mine in enumerate(parts)]",
            ),
        ),
    ),
    NAMES,
)
