"""Where slips happen in the code of `reduce_scatter`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def reduce_scatter(tensors):
    n = len(tensors)
    total = <total>
    return <end>
""",
    (
        Slot(
            "total",
            "torch.stack(tensors).sum(dim=0)",
            (
                "torch.stack(tensors).mean(dim=0)",
                "torch.stack(tensors).amax(dim=0)",
                "torch.stack(tensors).prod(dim=0)",
                "tensors[0]",
                "tensors[-1]",
                "torch.stack(tensors[1:]).sum(dim=0)",
                "torch.cat(tensors)",
            ),
        ),
        Slot(
            "end",
            "list(total.chunk(n))",
            (
                "[total for _ in tensors]",
                "list(total.chunk(n, dim=-1))",
                "list(total.chunk(n))[::-1]",
                "[total[r::n] for r in range(n)]",
                "[t.chunk(n)[r] for r, t in enumerate(tensors)]",
                "list(total.split(n))",
                "list(total)",
                "[part / n for part in total.chunk(n)]",
                "[total[r : r + 1] for r in range(n)]",
                "[part.clone() + t.chunk(n)[r] for r, (part, t) in enumerate(zip(total.chunk(n), tensors))]",
                "[total.chunk(n)[(r + 1) % n] for r in range(n)]",
                "[total.chunk(n)[0] for r in range(n)]",
                "torch.cat(list(total.chunk(n)))",
            ),
        ),
    ),
    NAMES,
)
