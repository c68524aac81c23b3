"""Attention as a training step on a CPU computes it quickest: a kernel for `attention.attention_kernel`.

Torch's fused attention multiplies many small matrices. On a CPU without matrix units (AMX) these take several times as
long in bfloat16, or as 'medium' products, as in plain float32, where the large products of linear layers gain.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.training.fast.blocks import MAX_POSITIONS, block_attention
from course_lib.training.fast.products import dtype_of_products, float32_products


def quick_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`F.scaled_dot_product_attention`, by `block_attention` where that can be, and else by torch's own in float32.

    The result has the dtype that autocast would give it. In compiled code, what is not `block_attention` stays torch's.
    """
    plain = is_causal and attn_mask is None and dropout_p == 0 and scale is None
    if plain and _fit_blocks(q, k, v, enable_gqa):
        if k.shape[1] < q.shape[1]:  # each key and value serves several queries
            k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], dim=1) for part in (k, v))
        return block_attention(q, k, v)
    options: dict[str, Any] = {"dropout_p": dropout_p, "is_causal": is_causal, "scale": scale, "enable_gqa": enable_gqa}
    if torch.compiler.is_compiling():  # which cannot look into a gradient taken within a forward pass
        return F.scaled_dot_product_attention(q, k, v, attn_mask, **options)
    out: Tensor = _Float32Attention.apply(q, k, v, attn_mask, options)
    return out


def _fit_blocks(q: Tensor, k: Tensor, v: Tensor, enable_gqa: bool) -> bool:
    if q.dim() != 4 or k.dim() != 4:
        return False
    (B, H, T, D), kv_heads = q.shape, k.shape[1]
    heads_fit = kv_heads == H or (enable_gqa and H % kv_heads == 0)
    return heads_fit and k.shape == v.shape == (B, kv_heads, T, D) and 1 <= T <= MAX_POSITIONS


class _Float32Attention(torch.autograd.Function):
    """Torch's attention as one step, so that what holds in its forward pass holds in its backward pass too."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, attn_mask: Tensor | None, options: Mapping[str, Any]
    ) -> Tensor:
        dtype, result_dtype = torch.promote_types(q.dtype, torch.float32), dtype_of_products(q)
        by_q, by_k, by_v, by_mask, _ = ctx.needs_input_grad  # not by all of them, where some weights are frozen
        q, k, v = (_leaf(part, dtype, needed) for part, needed in ((q, by_q), (k, by_k), (v, by_v)))
        mask = None if attn_mask is None else _leaf(attn_mask, dtype, by_mask)
        with _plain(q.device), torch.enable_grad():
            ctx.result = F.scaled_dot_product_attention(q, k, v, mask, **options)
        ctx.leaves = [leaf for leaf in (q, k, v, mask) if leaf is not None and leaf.requires_grad]
        result: Tensor = ctx.result.detach().to(result_dtype)
        return result

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        with _plain(upstream.device):
            gradients = iter(torch.autograd.grad(ctx.result, ctx.leaves, upstream.to(ctx.result.dtype)))
        return tuple(next(gradients) if needed else None for needed in ctx.needs_input_grad)


def _leaf(part: Tensor, dtype: torch.dtype, needs_gradient: bool) -> Tensor:
    """The same numbers, as where a gradient ends; a mask may hold True and False in place of numbers."""
    return part if part.dtype == torch.bool else part.detach().to(dtype).requires_grad_(needs_gradient)


@contextmanager
def _plain(device: torch.device) -> Iterator[None]:
    with float32_products("highest"), torch.autocast(device.type, enabled=False):
        yield
