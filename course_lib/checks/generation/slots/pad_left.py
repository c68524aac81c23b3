"""Where slips happen in the code of `pad_left`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def pad_left(prompts, padding):
    T = <longest>
    rows = [<row> for p in prompts]
    idx = torch.tensor(rows)
    real = <real>
    positions = <positions>
    return {"idx": idx, "real": real, "positions": positions}
""",
    (
        Slot(
            "longest",
            "max(len(p) for p in prompts)",
            (
                "len(prompts[0])",
                "len(prompts[-1])",
                "min(len(p) for p in prompts)",
                "max(len(p) for p in prompts) + 1",
                "len(prompts)",
            ),
        ),
        Slot(
            "row",
            "[padding] * (T - len(p)) + list(p)",
            (
                "list(p) + [padding] * (T - len(p))",
                "[0] * (T - len(p)) + list(p)",
                "[padding] * (T - len(p)) + list(p)[::-1]",
                "[p[0]] * (T - len(p)) + list(p)",
            ),
        ),
        Slot(
            "real",
            "torch.tensor([[False] * (T - len(p)) + [True] * len(p) for p in prompts])",
            (
                "torch.tensor([[True] * len(p) + [False] * (T - len(p)) for p in prompts])",
                "torch.tensor([[True] * (T - len(p)) + [False] * len(p) for p in prompts])",
                "idx != padding",
                "idx == padding",
                "idx != 0",
                "idx > 0",
                "torch.tensor([[0] * (T - len(p)) + [1] * len(p) for p in prompts])",
                "torch.ones_like(idx, dtype=torch.bool)",
                "(idx != padding).cumsum(dim=1) > 0",
            ),
        ),
        Slot(
            "positions",
            "torch.tensor([[0] * (T - len(p)) + list(range(len(p))) for p in prompts])",
            (
                "torch.tensor([[0] * (T - len(p)) + list(range(1, len(p) + 1)) for p in prompts])",
                "torch.tensor([list(range(len(p))) + [0] * (T - len(p)) for p in prompts])",
                "torch.arange(T).repeat(len(prompts), 1)",
                "torch.arange(T).repeat(len(prompts), 1) * real",
                "real.cumsum(dim=1)",
                "real.cumsum(dim=1) - 1",
                "real.cumsum(dim=0) - 1",
                "torch.tensor([list(range(T - len(p))) + list(range(len(p))) for p in prompts])",
                "torch.tensor([[padding] * (T - len(p)) + list(range(len(p))) for p in prompts])",
                "torch.tensor([[0] * (T - len(p)) + list(range(len(p)))[::-1] for p in prompts])",
                "torch.tensor([[0] * (T - len(p)) + list(range(T - len(p), T)) for p in prompts])",
            ),
        ),
    ),
    NAMES,
)
