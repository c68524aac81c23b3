"""Where slips happen in the code of `write_with_cache`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def write_with_cache(model, idx, max_new_tokens):
    cache = <cache>
    new = <begin>
    for _ in range(<times>):
        logits = model(<read>)
        new = <new>
        idx = <joined>
    return <end>
""",
    (
        Slot(
            "cache",
            "model.make_cache(len(idx))",
            (
                "model.make_cache(1)",
                "model.make_cache(idx.shape[1])",
                "None",
            ),
        ),
        Slot(
            "begin",
            "idx",
            (
                "idx[:, -1:]",
                "idx[:, :1]",
                "idx[:, :-1]",
            ),
        ),
        Slot(
            "times",
            "max_new_tokens",
            (
                "max_new_tokens - 1",
                "max_new_tokens + 1",
            ),
        ),
        Slot(
            "read",
            "new, cache",
            (
                "idx, cache",
                "new",
                "idx[:, -2:], cache",
                "idx, None",
            ),
        ),
        Slot(
            "new",
            "logits[:, -1].argmax(dim=-1, keepdim=True)",
            (
                "logits[:, 0].argmax(dim=-1, keepdim=True)",
                "logits[:, -1].argmin(dim=-1, keepdim=True)",
                "logits[:1, -1].argmax(dim=-1, keepdim=True).expand(len(idx), 1)",
                "logits.argmax(dim=-1)",
                "logits[:, -1].topk(2).indices[:, 1:]",
            ),
        ),
        Slot(
            "joined",
            "torch.cat([idx, new], dim=1)",
            (
                "torch.cat([new, idx], dim=1)",
                "torch.cat([idx[:, 1:], new], dim=1)",
            ),
        ),
        Slot(
            "end",
            "idx",
            (
                "idx[:, 1:]",
                "idx[:, :-1]",
                "new",
            ),
        ),
    ),
    NAMES,
)
