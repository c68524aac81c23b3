"""Where slips happen in the code of `split_qkv`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def split_qkv(qkv, n_head):
    B, T, C = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
    q, k, v = <parts>
    q, k, v = (<part> for part in (q, k, v))
    return <result>
""",
    (
        Slot(
            "parts",
            "qkv.chunk(3, dim=-1)",
            (
                "qkv.reshape(B, T, C, 3).unbind(-1)",
                "qkv.reshape(B, T, n_head, 3, C // n_head).unbind(3)",
                "qkv.reshape(B, T, n_head, C // n_head, 3).unbind(4)",
                "qkv.reshape(B, 3, T, C).unbind(1)",
                "qkv.reshape(3, B, T, C).unbind(0)",
                "qkv.flip(-1).chunk(3, dim=-1)",
                "(qkv[..., :C],) * 3",
            ),
        ),
        Slot(
            "part",
            "part.reshape(B, T, n_head, C // n_head).transpose(1, 2)",
            (
                "part.reshape(B, T, n_head, C // n_head)",
                "part.reshape(B, n_head, T, C // n_head)",
                "part.reshape(B, T, C // n_head, n_head).permute(0, 3, 1, 2)",
                "part.reshape(B, T, n_head, C // n_head).permute(0, 2, 3, 1)",
                "part.reshape(B, T, n_head, C // n_head).transpose(1, 2).flip(1)",
                "part.reshape(B, T, C)",
                "part.reshape(B, T, n_head, C // n_head).permute(2, 0, 1, 3)",
            ),
        ),
        Slot(
            "result",
            "q, k, v",
            (
                "q, v, k",
                "k, q, v",
                "v, k, q",
                "k, v, q",
                "v, q, k",
                "torch.stack([q, k, v])",
                "q, k.mT, v",
                "q / (C // n_head) ** 0.5, k, v",
                "q, k",
                "q, q, q",
                "q, k, k",
            ),
        ),
    ),
    {"torch": torch},
)
