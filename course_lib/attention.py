"""Attention from scratch: softmax, the causal mask, one query, a loop, matrices, and torch's fused kernel.

Dimensions: B batch, T tokens, d width of a query and of a key, d_v width of a value. A mask is True where a
query may attend to a key. If there are fewer queries than keys, as when the keys and values of earlier tokens
are cached, the queries are the *last* positions, so that the last query sees every key.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

Kernel = Callable[..., Tensor]  # called as `F.scaled_dot_product_attention` is


def softmax(x: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """exp(xᵢ) / Σⱼ exp(xⱼ) along `dim`, for numbers of any finite size; each slice sums to 1.

    Half precision is computed in float32 and rounded at the end. A slice that is -inf throughout gives NaN, as in
    torch: no distribution over nothing could be right.
    """
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    largest = wide.amax(dim=dim, keepdim=True).detach()  # subtracting a constant changes no softmax, nor its gradient
    exps = (wide - largest).exp()  # the largest is exp(0) = 1, so nothing overflows and the sum is at least 1
    return (exps / exps.sum(dim=dim, keepdim=True)).to(x.dtype)


def causal_mask(
    T: int,
    device: torch.device | str | None = None,
    *,
    queries: int | None = None,
) -> Bool[Tensor, "queries T"]:
    """True where a query may attend to a key: at the same position or before it.

    T: number of keys.   queries: only the last so many rows, for queries whose earlier keys are cached; default T.

    Raises ValueError if there are more queries than keys: the first of them would have nothing to attend to.
    """
    rows = T if queries is None else queries
    if not 0 <= rows <= T:
        raise ValueError(f"a causal mask needs 0 <= queries <= keys, got {rows} queries and {T} keys")
    key_position = torch.arange(T, device=device)
    query_position = key_position[T - rows :]
    return key_position <= query_position[:, None]  # (queries, T)


def window_mask(
    T: int,
    window: int,
    device: torch.device | str | None = None,
    *,
    queries: int | None = None,
) -> Bool[Tensor, "queries T"]:
    """True where a query may attend to a key: at its own position or one of the `window` − 1 before it.

    queries: as in `causal_mask`.   Raises ValueError as it does, and if the window is less than 1.
    """
    if window < 1:
        raise ValueError(f"a window holds at least the position itself, so it must be 1 or more, got {window}")
    allowed = causal_mask(T, device, queries=queries)
    position = torch.arange(T, device=device)
    return allowed & (position > position[T - allowed.shape[0] :, None] - window)  # (queries, T)


def single_query_attention(
    q: Float[Tensor, "d"],
    k: Float[Tensor, "T d"],
    v: Float[Tensor, "T d_v"],
) -> Float[Tensor, "d_v"]:
    """Σⱼ softmax(q·kⱼ / √d)ⱼ vⱼ: the mean of the values, weighted by how well each key matches the query."""
    scores = k @ q / math.sqrt(q.shape[-1])  # (T,)
    return softmax(scores) @ v  # (d_v,)


def causal_attention_loop(
    q: Float[Tensor, "T d"],
    k: Float[Tensor, "T d"],
    v: Float[Tensor, "T d_v"],
) -> Float[Tensor, "T d_v"]:
    """Causal attention, one query at a time: query t is given the keys and values 0..t and no others."""
    outputs = [single_query_attention(q[t], k[: t + 1], v[: t + 1]) for t in range(q.shape[0])]
    return torch.stack(outputs)


def attention_weights(
    q: Float[Tensor, "*batch query d"],
    k: Float[Tensor, "*batch key d"],
    *,
    causal: bool = True,
) -> Float[Tensor, "*batch query key"]:
    """softmax(q kᵀ / √d) over the keys; where `causal`, keys after the query's position get exactly 0.

    Raises ValueError if the last dimensions of q and k differ, or if causal and there are more queries than keys.
    """
    _require_fitting_shapes(q, k)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., query, key)
    if causal:
        allowed = causal_mask(k.shape[-2], device=q.device, queries=q.shape[-2])
        scores = scores.masked_fill(~allowed, -math.inf)  # before the softmax: exp(-inf) = 0, and the row sums to 1
    return softmax(scores, dim=-1)


def scaled_dot_product_attention(
    q: Float[Tensor, "*batch query d"],
    k: Float[Tensor, "*batch key d"],
    v: Float[Tensor, "*batch key d_v"],
    *,
    causal: bool = True,
) -> Float[Tensor, "*batch query d_v"]:
    """softmax(q kᵀ / √d) v  (Vaswani et al. 2017, eq. 1), with the causal mask unless told otherwise.

    Fewer queries than keys: the queries are the last positions. No row is ever masked entirely.

    Raises ValueError if the last dimensions of q and k differ, if k and v have different numbers of tokens, or if
    causal and there are more queries than keys.
    """
    _require_fitting_shapes(q, k, v)
    return attention_weights(q, k, causal=causal) @ v  # (..., query, d_v)


def fused_scaled_dot_product_attention(
    q: Float[Tensor, "*batch query d"],
    k: Float[Tensor, "*batch_kv key d"],
    v: Float[Tensor, "*batch_kv key d_v"],
    *,
    causal: bool = True,
    attn_mask: Bool[Tensor, "*masked #query #key"] | Float[Tensor, "*masked #query #key"] | None = None,
    dropout_p: float = 0.0,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Float[Tensor, "*batch query d_v"]:
    """What `scaled_dot_product_attention` gives, from torch's fused kernel: faster, without ever storing the weights.

    attn_mask: which keys each query may attend to (or what is added to its scores), instead of the causal mask: say
    causal=False with it.   dropout_p: the share of weights that is set to zero.   scale: what q·k is multiplied by,
    instead of 1 / √d.   enable_gqa: k and v may have fewer heads than q; each then serves several, one after another.

    All models of the course attend through this function, but for `TorchGPT`, which is made of torch's own layers.
    Within an `attention_kernel` it computes with that one. Raises ValueError as `scaled_dot_product_attention` does,
    and if it is given a mask beside the causal one.
    """
    _require_fitting_shapes(q, k, v)
    if causal and attn_mask is not None:
        raise ValueError("attn_mask takes the place of the causal mask: give it with causal=False")
    if q.dim() == k.dim() == v.dim() == 3 and attn_mask is None and not enable_gqa:
        one_head = (x.unsqueeze(1) for x in (q, k, v))  # torch has a fused kernel only for (B, H, T, D)
        return fused_scaled_dot_product_attention(*one_head, causal=causal, dropout_p=dropout_p, scale=scale).squeeze(1)
    queries, keys = q.shape[-2], k.shape[-2]
    if causal and queries != keys:
        # torch's is_causal takes the queries for the first positions, ours are the last: say so with a mask.
        causal, attn_mask = False, causal_mask(keys, device=q.device, queries=queries)
    return _in_use.kernel(
        q, k, v, attn_mask=attn_mask, dropout_p=dropout_p, is_causal=causal, scale=scale, enable_gqa=enable_gqa
    )


class _InUse(threading.local):
    """Which kernel is behind the function above, in each thread. (A ContextVar is what torch.compile cannot read.)"""

    def __init__(self) -> None:
        self.kernel: Kernel = F.scaled_dot_product_attention


_in_use = _InUse()


@contextmanager
def attention_kernel(kernel: Kernel) -> Iterator[None]:
    """Within it, this thread's `fused_scaled_dot_product_attention` computes with `kernel`, as in `training.fast`."""
    before = _in_use.kernel
    _in_use.kernel = kernel
    try:
        yield
    finally:
        _in_use.kernel = before


def _require_fitting_shapes(q: Tensor, k: Tensor, v: Tensor | None = None) -> None:
    for name, x in (("q", q), ("k", k), ("v", v)):
        if x is not None and x.dim() < 2:
            raise ValueError(f"{name} must have the shape (..., tokens, width), got {tuple(x.shape)}")
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q and k must share their last dimension, got {q.shape[-1]} and {k.shape[-1]}")
    if v is not None and k.shape[-2] != v.shape[-2]:
        raise ValueError(f"k and v must have the same number of tokens, got {k.shape[-2]} and {v.shape[-2]}")
