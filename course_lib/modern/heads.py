"""Grouped-query attention with what came after Llama 3: normalised queries and keys, and a window."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from course_lib.attention import fused_scaled_dot_product_attention, window_mask
from course_lib.config import ModernConfig
from course_lib.kv_cache import KVCache
from course_lib.llama import GroupedQueryAttention, apply_rope
from course_lib.modern.norms import make_norm
from course_lib.multi_head_attention import merge_heads, split_heads


class ModernAttention(GroupedQueryAttention):
    """softmax(norm(q) norm(k)ᵀ / √D) v, over the last `window` positions in a local layer.

    QK-norm (Henry et al. 2020; Dehghani et al. 2023) is an RMSNorm of each head's D numbers, before the rotation: a
    score is then at most √D times the product of the norms' weights, however large the stream grows.
    """

    def __init__(self, config: ModernConfig, layer: int) -> None:
        super().__init__(config)
        self.window = config.window_of(layer)
        self.scale = None if config.query_scale is None else 1 / math.sqrt(config.query_scale)
        self.q_norm = make_norm(config, config.head_dim) if config.qk_norm else nn.Identity()
        self.k_norm = make_norm(config, config.head_dim) if config.qk_norm else nn.Identity()

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        cos: Float[Tensor, "*#batch T half"],
        sin: Float[Tensor, "*#batch T half"],
        cache: KVCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "B T C"]:
        """As Llama's."""
        q = self.q_norm(split_heads(self.q_proj(x), self.n_head))  # (B, H, T, D)
        k = self.k_norm(split_heads(self.k_proj(x), self.n_kv_head))  # (B, H_kv, T, D)
        q, k = apply_rope(q, cos, sin), apply_rope(k, cos, sin)
        v = split_heads(self.v_proj(x), self.n_kv_head)  # (B, H_kv, T, D)
        if cache is not None:
            heads = cache.attend(layer, q, k, v, window=self.window, scale=self.scale)
            return self.out_proj(merge_heads(heads))
        T = x.shape[1]
        mask = None
        if self.window is not None and T > self.window:  # else the causal mask says the same
            mask = window_mask(T, self.window, x.device)  # (T, T)
        heads = fused_scaled_dot_product_attention(
            q, k, v, causal=mask is None, attn_mask=mask, scale=self.scale, enable_gqa=True
        )  # (B, H, T, D)
        return self.out_proj(merge_heads(heads))
