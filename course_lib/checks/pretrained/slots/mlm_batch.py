"""Where slips happen in the code of `mlm_batch`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    special = torch.isin(idx, torch.tensor(special_ids, dtype=idx.dtype))
    chosen = <chosen>
    hidden = <hidden>
    replaced = <replaced>
    inputs = <inputs>
    labels = <labels>
    return <end>
""",
    (
        Slot(
            "chosen",
            "(choose < 0.15) & ~special",
            (
                "choose < 0.15",
                "(choose <= 0.15) & ~special",
                "(choose > 0.15) & ~special",
                "(choose >= 0.85) & ~special",
                "(choose < 0.15) & special",
                "(act < 0.15) & ~special",
                "(choose < 0.15) & (idx != mask_id)",
                "(choose < 0.15) & (idx != special_ids[0])",
                "(choose < 0.15) & (idx != special_ids[-1])",
                "(choose < 0.5) & ~special",
                "~special",
            ),
        ),
        Slot(
            "hidden",
            "chosen & (act < 0.8)",
            (
                "chosen & (act <= 0.8)",
                "chosen & (act >= 0.8)",
                "chosen",
                "act < 0.8",
                "chosen & (act < 0.9)",
                "chosen & (choose < 0.8)",
                "chosen & (act < 0.1)",
            ),
        ),
        Slot(
            "replaced",
            "chosen & (act >= 0.8) & (act < 0.9)",
            (
                "chosen & (act >= 0.8) & (act <= 0.9)",
                "chosen & (act > 0.8) & (act < 0.9)",
                "chosen & (act >= 0.8)",
                "chosen & (act >= 0.9)",
                "(act >= 0.8) & (act < 0.9)",
                "chosen & (act < 0.1)",
                "torch.zeros_like(chosen)",
            ),
        ),
        Slot(
            "inputs",
            "torch.where(hidden, mask_id, torch.where(replaced, others, idx))",
            (
                "torch.where(hidden, others, torch.where(replaced, mask_id, idx))",
                "torch.where(hidden, mask_id, idx)",
                "torch.where(replaced, others, idx)",
                "torch.where(hidden, mask_id, others)",
                "torch.where(hidden | replaced, mask_id, idx)",
                "torch.where(hidden, mask_id, torch.where(replaced, others.flip(1), idx))",
            ),
        ),
        Slot(
            "labels",
            "torch.where(chosen, idx, -100)",
            (
                "torch.where(hidden, idx, -100)",
                "torch.where(hidden | replaced, idx, -100)",
                "torch.where(~chosen, idx, -100)",
                "torch.where(chosen, inputs, -100)",
                "torch.where(chosen, others, -100)",
                "torch.where(choose < 0.15, idx, -100)",
                "torch.where(inputs != idx, idx, -100)",
                "torch.where(chosen, idx, 0)",
                "torch.where(chosen, idx, -1)",
                "torch.where(chosen, idx, mask_id)",
                "torch.where(chosen, -100, idx)",
                "torch.where(special, -100, idx)",
                "idx",
                "chosen",
            ),
        ),
        Slot(
            "end",
            "inputs, labels",
            (
                "labels, inputs",
                "inputs, labels.roll(-1, dims=1)",
                "idx, labels",
            ),
        ),
    ),
    NAMES,
)
