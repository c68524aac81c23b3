"""Attention as a training step on a CPU computes it quickest, in place of torch's fused one, wherever a model calls it.

Torch's fused attention multiplies many small matrices. On a CPU without matrix units (AMX) these take several times as
long in bfloat16, or as 'medium' products, as in plain float32, where the large products of linear layers gain.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from course_lib.training.fast.blocks import MAX_POSITIONS, block_attention
from course_lib.training.fast.products import dtype_of_products, float32_products


class OwnAttention(TorchFunctionMode):
    """Within it, `F.scaled_dot_product_attention` is `block_attention` where that can be, and else torch's in float32.

    Its result has the dtype that autocast would give it. In compiled code, what is no `block_attention` stays as it is.
    """

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Called by torch in place of each of its functions."""
        kwargs = kwargs or {}
        if func is not F.scaled_dot_product_attention:
            return func(*args, **kwargs)
        return _attention(*args, **kwargs)


def _attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    enable_gqa: bool = False,
    **others: Any,
) -> Tensor:
    """As `F.scaled_dot_product_attention`."""
    plain = is_causal and attn_mask is None and dropout_p == 0 and not others
    if plain and _fit_blocks(q, k, v, enable_gqa):
        if k.shape[1] < q.shape[1]:  # each key and value serves several queries
            k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], dim=1) for part in (k, v))
        return block_attention(q, k, v)
    options = {"is_causal": is_causal, "enable_gqa": enable_gqa, **others}
    if torch.compiler.is_compiling():  # which cannot look into a gradient taken within a forward pass
        return F.scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, **options)
    return _Float32Attention.apply(q, k, v, (attn_mask, dropout_p), options)


def _fit_blocks(q: Tensor, k: Tensor, v: Tensor, enable_gqa: bool) -> bool:
    if q.dim() != 4 or k.dim() != 4:
        return False
    (B, H, T, D), kv_heads = q.shape, k.shape[1]
    heads_fit = kv_heads == H or (enable_gqa and H % kv_heads == 0)
    return heads_fit and k.shape == v.shape == (B, kv_heads, T, D) and 1 <= T <= MAX_POSITIONS


class _Float32Attention(torch.autograd.Function):
    """Torch's attention as one step, so that what holds in its forward pass holds in its backward pass too."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, others: tuple, options: Mapping[str, Any]) -> Tensor:
        dtype = torch.promote_types(q.dtype, torch.float32)
        with _plain(q.device), torch.enable_grad():
            ctx.inputs = [part.detach().to(dtype).requires_grad_(part.requires_grad) for part in (q, k, v)]
            ctx.result = F.scaled_dot_product_attention(*ctx.inputs, *others, **options)
        return ctx.result.detach().to(dtype_of_products(q))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        with _plain(upstream.device):
            gradients = torch.autograd.grad(ctx.result, ctx.inputs, upstream.to(ctx.result.dtype))
        return *gradients, None, None


@contextmanager
def _plain(device: torch.device) -> Iterator[None]:
    with float32_products("highest"), torch.autocast(device.type, enabled=False):
        yield
