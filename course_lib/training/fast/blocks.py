"""Causal attention a block of queries at a time, in plain products: quicker to train on a CPU than torch's fused one.

Torch's fused attention never stores a (T, T) matrix. It pays with many small products, and makes them twice. Here the
weights are stored, which short texts can afford, and each product covers all heads and many queries at once.
"""

import math
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.training.fast.products import dtype_of_products

MAX_ROWS = 128  # queries in a block
MAX_POSITIONS = 512  # beyond, the stored weights, (T, T) for each head, outgrow everything else in a layer


def block_attention(
    q: Float[Tensor, "B H T D"], k: Float[Tensor, "B H T D"], v: Float[Tensor, "B H T D"]
) -> Float[Tensor, "B H T D"]:
    """`F.scaled_dot_product_attention(q, k, v, is_causal=True)`, in value and first derivative.

    A block of queries looks at the keys up to its own end:  W = softmax(Q Kᵀ / √D + mask),  O = W V. The result has
    autocast's dtype, or that of q. Raises ValueError if the three are not (B, H, T, D), all of one shape, with T ≥ 1.
    """
    if not (q.shape == k.shape == v.shape and q.dim() == 4 and q.shape[2] >= 1):
        shapes = ", ".join(str(tuple(part.shape)) for part in (q, k, v))
        raise ValueError(f"expected q, k and v of one shape, (B, H, T, D) with T ≥ 1, got {shapes}")
    out: Tensor = _BlockAttention.apply(q, k, v)
    return out


class _BlockAttention(torch.autograd.Function):
    """With its gradient written out, so that backward too takes a block at a time."""

    @staticmethod
    def forward(
        ctx: Any, q: Float[Tensor, "B H T D"], k: Float[Tensor, "B H T D"], v: Float[Tensor, "B H T D"]
    ) -> Float[Tensor, "B H T D"]:
        B, H, T, D = q.shape
        ctx.dtypes = [part.dtype for part in (q, k, v)]
        dtype = dtype_of_products(q)
        q, k, v = (part.to(dtype).reshape(B * H, T, D) for part in (q, k, v))
        q = q / math.sqrt(D)
        out = q.new_empty(B, T, H, D).transpose(1, 2)  # laid out as it will be read when the heads are merged
        # bfloat16's eight bits are too few for the scores of sharp attention: they are float32, as in the fused kernel.
        wide_q, wide_k = (part.to(torch.promote_types(dtype, torch.float32)) for part in (q, k))
        stored = []  # weights of each block, (B·H, rows, end)
        with torch.autocast(q.device.type, enabled=False):
            for start, end in _blocks(T):
                scores = wide_q[:, start:end] @ wide_k[:, :end].transpose(1, 2)  # (B·H, rows, end)
                scores[:, :, start:] += _mask(end - start, scores)
                weights = torch.softmax(scores, dim=-1).to(dtype)
                out[:, :, start:end] = (weights @ v[:, :end]).view(B, H, -1, D)
                stored.append(weights)
        ctx.save_for_backward(q, k, v, out, *stored)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Float[Tensor, "B H T D"]) -> tuple[Tensor, ...]:
        q, k, v, out, *stored = ctx.saved_tensors
        B, H, T, D = out.shape
        upstream = upstream.to(out.dtype)
        # A softmax's gradient is  dS = W ∘ (dW − rowsum(dW ∘ W)), and that sum is dO·O  (FlashAttention, appendix B).
        sums = (upstream * out).sum(-1, keepdim=True).reshape(B * H, T, 1)
        upstream = upstream.reshape(B * H, T, D)
        grad_q, grad_k, grad_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)  # (B·H, T, D)
        for (start, end), weights in zip(_blocks(T), stored, strict=True):
            rows = upstream[:, start:end]
            grad_v[:, :end].baddbmm_(weights.transpose(1, 2), rows)
            grad_scores = (rows @ v[:, :end].transpose(1, 2)).sub_(sums[:, start:end]).mul_(weights)
            grad_k[:, :end].baddbmm_(grad_scores.transpose(1, 2), q[:, start:end])
            grad_q[:, start:end] = grad_scores @ k[:, :end]
        gradients = (grad_q.div_(math.sqrt(D)), grad_k, grad_v)
        return tuple(part.view(B, H, T, D).to(dtype) for part, dtype in zip(gradients, ctx.dtypes, strict=True))


def _blocks(T: int) -> pairwise:
    """(start, end) of each: two at least, so that a quarter of the products is spared."""
    return pairwise([*range(0, T, min(MAX_ROWS, math.ceil(T / 2))), T])


def _mask(rows: int, like: Tensor) -> Tensor:
    """(rows, rows): −∞ where a key comes after its query."""
    return like.new_full((rows, rows), -math.inf).triu(1)
