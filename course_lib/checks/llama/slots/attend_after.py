"""Where slips happen in the code of `attend_after`."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.llama import apply_rope

NAMES = {"F": F, "torch": torch, "apply_rope": apply_rope}

VARIANTS = Variants(
    """
def attend_after(q, k, v, past_k, past_v, cos, sin):
    past, new = past_k.shape[2], q.shape[2]
    places = <places>
    turned_q = <turned_q>
    turned_k = <turned_k>
    keys, values = <joined>
    allowed = <allowed>
    return <end>
""",
    (
        Slot(
            "places",
            "torch.arange(past, past + new)",
            (
                "torch.arange(new)",
                "torch.arange(past + 1, past + new + 1)",
                "torch.arange(past - 1, past + new - 1).clamp(min=0)",
                "torch.arange(past, past + new).flip(0)",
                "torch.full((new,), past)",
                "torch.arange(past)[-1:].expand(new) if past else torch.arange(new)",
            ),
        ),
        Slot(
            "turned_q",
            "apply_rope(q, cos[places], sin[places])",
            (
                "q",
                "apply_rope(q, cos[:new], sin[:new])",
                "apply_rope(q, cos[places], -sin[places])",
                "apply_rope(q, cos[-new:], sin[-new:])",
                "apply_rope(apply_rope(q, cos[places], sin[places]), cos[places], sin[places])",
            ),
        ),
        Slot(
            "turned_k",
            "apply_rope(k, cos[places], sin[places])",
            (
                "k",
                "apply_rope(k, cos[:new], sin[:new])",
                "apply_rope(k, cos[-new:], sin[-new:])",
            ),
        ),
        Slot(
            "joined",
            "torch.cat([past_k, turned_k], dim=2), torch.cat([past_v, v], dim=2)",
            (
                "torch.cat([turned_k, past_k], dim=2), torch.cat([v, past_v], dim=2)",
                "torch.cat([past_k, turned_k], dim=2), torch.cat([v, past_v], dim=2)",
                "torch.cat([past_k, k], dim=2), torch.cat([past_v, v], dim=2)",
                "torch.cat([past_v, v], dim=2), torch.cat([past_k, turned_k], dim=2)",
                "torch.cat([past_k, turned_k], dim=2), torch.cat([past_k, turned_k], dim=2)",
            ),
        ),
        Slot(
            "allowed",
            "torch.ones(new, past + new, dtype=torch.bool).tril(past)",
            (
                "torch.ones(new, past + new, dtype=torch.bool).tril()",
                "torch.ones(new, past + new, dtype=torch.bool)",
                "torch.ones(new, past + new, dtype=torch.bool).tril(past - 1)",
                "torch.ones(new, past + new, dtype=torch.bool).tril(past + 1)",
                "torch.ones(new, past + new, dtype=torch.bool).triu(past)",
                "torch.ones(new, past + new, dtype=torch.bool).tril(new)",
                "~torch.ones(new, past + new, dtype=torch.bool).tril(past)",
                "(torch.arange(past + new) >= past) & torch.ones(new, past + new, dtype=torch.bool).tril(past)",
                "(torch.arange(past + new) < past) | torch.eye(new, past + new, dtype=torch.bool)",
            ),
        ),
        Slot(
            "end",
            "F.scaled_dot_product_attention(turned_q, keys, values, attn_mask=allowed)",
            (
                "F.scaled_dot_product_attention(turned_q, keys, values, attn_mask=allowed.float())",
                "F.scaled_dot_product_attention(turned_q, keys, values, attn_mask=allowed, scale=1.0)",
                "F.scaled_dot_product_attention(turned_q, keys, values, attn_mask=allowed)[:, :, -1:]",
                "torch.softmax((turned_q @ keys.mT).masked_fill(~allowed, 0.0) / q.shape[-1] ** 0.5, dim=-1) @ values",
                "torch.softmax((turned_q @ keys.mT).masked_fill(~allowed, -torch.inf) / q.shape[-1], dim=-1) @ values",
            ),
        ),
    ),
    NAMES,
)
