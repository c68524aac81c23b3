"""Where slips happen in the code of `shard_qkv`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def shard_qkv(weight, devices):
    q, k, v = <thirds>
    parts = <parts>
    return <end>
""",
    (
        Slot(
            "thirds",
            "weight.chunk(3)",
            (
                "weight.chunk(3, dim=1)",
                "[weight[i::3] for i in range(3)]",
                "weight.chunk(3)[::-1]",
                "[weight.chunk(3)[i] for i in (1, 0, 2)]",
                "[weight.chunk(3)[i] for i in (0, 2, 1)]",
                "[weight.chunk(3)[0]] * 3",
            ),
        ),
        Slot(
            "parts",
            "list(zip(q.chunk(devices), k.chunk(devices), v.chunk(devices)))",
            (
                "list(zip(q.chunk(devices, dim=1), k.chunk(devices, dim=1), v.chunk(devices, dim=1)))",
                "list(zip(q.T.chunk(devices), k.T.chunk(devices), v.T.chunk(devices)))",
                "[(q[r::devices], k[r::devices], v[r::devices]) for r in range(devices)]",
                "list(zip(q.chunk(devices)[::-1], k.chunk(devices)[::-1], v.chunk(devices)[::-1]))",
                "list(zip(q.chunk(devices), [k] * devices, [v] * devices))",
                "list(zip(q.chunk(devices), k.chunk(devices)))",
            ),
        ),
        Slot(
            "end",
            "[torch.cat(part) for part in parts]",
            (
                "[torch.cat(part, dim=1) for part in parts]",
                "[torch.stack(part, dim=1).flatten(0, 1) for part in parts]",
                "[torch.stack(part) for part in parts]",
                "[torch.cat(part[::-1]) for part in parts]",
                "[torch.cat(part).T for part in parts]",
                "list(weight.chunk(devices))",
                "list(weight.chunk(devices, dim=1))",
                "[weight[r::devices] for r in range(devices)]",
                "[torch.cat(parts[0])] * devices",
                "torch.cat([torch.cat(part) for part in parts])",
                "parts",
            ),
        ),
    ),
    NAMES,
)
