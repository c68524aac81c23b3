"""Where slips happen in the code of `head_contributions`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def head_contributions(heads, out_weight):
    B, H, T, D = heads.shape
    added = []
    for h in <order>:
        columns = <columns>
        added.append(<product>)
    return <result>
""",
    (
        Slot("order", "range(H)", ("range(H)[::-1]", "[0] * H", "[H - 1] * H")),
        Slot(
            "columns",
            "out_weight[:, h * D : (h + 1) * D]",
            (
                "out_weight[h * D : (h + 1) * D].T",
                "out_weight.T[:, h * D : (h + 1) * D]",
                "out_weight[:, h::H]",
                "out_weight[h::H].T",
                "out_weight[:, :D]",
                "out_weight[:, -D:]",
                "out_weight[:, (H - 1 - h) * D : (H - h) * D]",
                "out_weight[:, h * D : (h + 1) * D].abs()",
                "out_weight[:, h * D : (h + 1) * D] / H",
            ),
        ),
        Slot(
            "product",
            "heads[:, h] @ columns.T",
            (
                "heads[:, 0] @ columns.T",
                "heads.sum(dim=1) @ columns.T",
                "heads.mean(dim=1) @ columns.T",
                "heads[:, h] @ columns.T / H",
                "heads[:, h] @ columns.T * H",
                "heads[:, h] @ columns.T + (added[-1] if added else 0)",
                "(heads[:, h] @ columns.T).softmax(dim=-1)",
                "heads[:, h].flip(-1) @ columns.T",
            ),
        ),
        Slot(
            "result",
            "torch.stack(added, dim=1)",
            (
                "torch.stack(added)",
                "torch.stack(added, dim=2)",
                "torch.stack(added, dim=-1)",
                "torch.stack(added).sum(dim=0)",
                "torch.stack(added, dim=1).mean(dim=1)",
                "torch.cat(added, dim=-1)",
                "torch.cat(added, dim=1)",
                "added",
            ),
        ),
    ),
    {"torch": torch},
)
