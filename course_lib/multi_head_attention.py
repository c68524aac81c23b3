"""Multi-head attention: several small attentions side by side, first one after another, then computed as one."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from course_lib.attention import attention_weights, fused_scaled_dot_product_attention, scaled_dot_product_attention
from course_lib.config import GPTConfig
from course_lib.kv_cache import KVCache


def split_heads(x: Shaped[Tensor, "B T C"], n_head: int) -> Shaped[Tensor, "B H T D"]:
    """Cut the last dimension into heads, and move the heads beside the batch.

    Raises ValueError if x is not (B, T, C) or C is not a multiple of n_head.
    """
    if x.dim() != 3:
        raise ValueError(f"expected (B, T, C), got {tuple(x.shape)}; a single sequence is a batch of one, x[None]")
    B, T, C = x.shape
    if C % n_head != 0:
        raise ValueError(f"C = {C} cannot be split into {n_head} equal heads")
    return x.view(B, T, n_head, C // n_head).transpose(1, 2)  # (B, T, H, D) -> (B, H, T, D)


def merge_heads(x: Shaped[Tensor, "B H T D"]) -> Shaped[Tensor, "B T C"]:
    """Put the heads side by side again: the inverse of `split_heads`."""
    B, H, T, D = x.shape
    return x.transpose(1, 2).reshape(B, T, H * D)  # reshape copies: transposed memory has no view as (B, T, C)


class AttentionHead(nn.Module):
    """One head: queries, keys and values of width D = C / H from the whole of x, and attention among them."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.q_proj = nn.Linear(config.n_embd, config.head_dim, bias=config.bias)
        self.k_proj = nn.Linear(config.n_embd, config.head_dim, bias=config.bias)
        self.v_proj = nn.Linear(config.n_embd, config.head_dim, bias=config.bias)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T D"]:
        """What this head gathers for every position from it and from those before it."""
        return scaled_dot_product_attention(self.q_proj(x), self.k_proj(x), self.v_proj(x))


class HeadByHeadAttention(nn.Module):
    """`MultiHeadAttention` without dropout as its equation reads: one head after another. Slower, and the same."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.heads = nn.ModuleList(AttentionHead(config) for _ in range(config.n_head))
        self.out_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """Ask every head, put their answers side by side, mix them."""
        return self.out_proj(torch.cat([head(x) for head in self.heads], dim=-1))  # H of (B, T, D) -> (B, T, C)


class MultiHeadAttention(nn.Module):
    """Causal self-attention with H heads of width D = C / H  (Vaswani et al. 2017, section 3.2.2).

    MultiHead(x) = [head_1 … head_H] W_O,   head_h = softmax(Q_h K_hᵀ / √D) V_h,   [Q K V] = x W_QKV

    Without biases it has 4·C² parameters.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.dropout = config.dropout
        self.qkv_proj = nn.Linear(C, 3 * C, bias=config.bias)  # queries, keys and values in one product
        self.out_proj = nn.Linear(C, C, bias=config.bias)
        self.out_dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Float[Tensor, "B T C"], cache: KVCache | None = None, layer: int = 0
    ) -> Float[Tensor, "B T C"]:
        """Let every position look at itself and at those before it.

        cache: with the keys and values, in its `layer`, of the tokens that `x` continues, if there are any (lesson 12).
        """
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)  # each (B, T, C)
        q, k, v = (split_heads(part, self.n_head) for part in (q, k, v))  # each (B, H, T, D)
        if cache is not None:
            return self.out_dropout(self.out_proj(merge_heads(cache.attend(layer, q, k, v))))
        # The fused kernel computes what scaled_dot_product_attention spells out; a test holds them equal.
        dropout = self.dropout if self.training else 0.0
        heads = fused_scaled_dot_product_attention(q, k, v, dropout_p=dropout)  # (B, H, T, D)
        return self.out_dropout(self.out_proj(merge_heads(heads)))

    def weights(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B H T T"]:
        """How much each position attends to each, head by head: for looking at, the forward pass never stores them."""
        q, k, _ = self.qkv_proj(x).chunk(3, dim=-1)  # each (B, T, C)
        return attention_weights(split_heads(q, self.n_head), split_heads(k, self.n_head))
