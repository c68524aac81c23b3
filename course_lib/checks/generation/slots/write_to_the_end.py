"""Where slips happen in the code of `write_to_the_end`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def write_to_the_end(model, idx, max_new_tokens, end):
    T = idx.shape[1]
    ended = <begin>
    for _ in range(<times>):
        if <enough>:
            break
        logits = model(<window>)
        tokens = <tokens>
        tokens = <filled>
        ended = <update>
        idx = torch.cat([idx, tokens[:, None]], dim=1)
    return <end>
""",
    (
        Slot(
            "begin",
            "torch.zeros(len(idx), dtype=torch.bool)",
            (
                "(idx == end).any(dim=1)",
                "idx[:, -1] == end",
                "torch.ones(len(idx), dtype=torch.bool)",
            ),
        ),
        Slot(
            "times",
            "max_new_tokens",
            (
                "max_new_tokens + 1",
                "max_new_tokens - 1",
                "max_new_tokens - T",
            ),
        ),
        Slot(
            "enough",
            "ended.all()",
            (
                "ended.any()",
                "ended[0]",
                "ended[-1]",
                "ended.sum() > 1",
                "False",
                "not ended.all()",
            ),
        ),
        Slot(
            "window",
            "idx[:, -model.config.seq_len :]",
            (
                "idx",
                "idx[:, : model.config.seq_len]",
                "idx[:, -model.config.seq_len + 1 :]",
                "idx[:, -1:]",
                "idx[:, -T:]",
                "idx[:, T - 1 :]",
            ),
        ),
        Slot(
            "tokens",
            "logits[:, -1].argmax(dim=-1)",
            (
                "logits[:, 0].argmax(dim=-1)",
                "logits[:, -2].argmax(dim=-1)",
                "logits[:, -1].argmin(dim=-1)",
                "logits[:1, -1].argmax(dim=-1).expand(len(idx))",
                "logits.mean(dim=1).argmax(dim=-1)",
            ),
        ),
        Slot(
            "filled",
            "torch.where(ended, end, tokens)",
            (
                "tokens",
                "torch.where(ended, 0, tokens)",
                "torch.where(~ended, end, tokens)",
                "torch.where(ended.any(), end, tokens)",
            ),
        ),
        Slot(
            "update",
            "ended | (tokens == end)",
            (
                "ended & (tokens == end)",
                "ended | (tokens == end).any()",
                "ended | (tokens == end).all()",
                "ended | (tokens == 0)",
                "ended",
            ),
        ),
        Slot(
            "end",
            "idx",
            (
                "idx[:, T:]",
                "idx[:, :-1]",
                "idx[~ended]",
            ),
        ),
    ),
    NAMES,
    most=250,
)
