"""Latent attention: keys and values of all heads are made from a few numbers per token, and only these are cached."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.attention import fused_scaled_dot_product_attention
from course_lib.config import ModernConfig
from course_lib.kv_cache import KVCache
from course_lib.llama import RMSNorm, apply_rope
from course_lib.multi_head_attention import merge_heads, split_heads


class LatentAttention(nn.Module):
    """Multi-head latent attention  (DeepSeek-V2 2024, section 2.1, queries uncompressed).

    c = norm(W_down x)               latent_dim numbers per token: what the cache keeps,
    r = rope(W_rope x)               and one rotated key of rope_dim numbers for all heads;
    k_h = [W_k,h c ; r],  v_h = W_v,h c,  q_h = [W_q,h x ; rope(W_r,h x)]  for each head h.

    A rotation between c and k_h would differ for each position, so that k_h could no longer be made from c by one
    matrix: positions have a key part of their own.
    """

    def __init__(self, config: ModernConfig) -> None:
        super().__init__()
        if config.latent_dim is None:
            raise ValueError("latent attention needs a latent_dim, and this configuration has none")
        C, H, D = config.n_embd, config.n_head, config.head_dim
        self.n_head, self.head_dim = H, D
        self.latent_dim, self.rope_dim = config.latent_dim, config.rope_dim
        self.q_proj = nn.Linear(C, H * (D + config.rope_dim), bias=False)
        self.kv_down_proj = nn.Linear(C, config.latent_dim + config.rope_dim, bias=False)
        self.kv_norm = RMSNorm(config.latent_dim, config.norm_eps)
        self.kv_up_proj = nn.Linear(config.latent_dim, H * 2 * D, bias=False)
        self.out_proj = nn.Linear(H * D, C, bias=False)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        cos: Float[Tensor, "*#batch T half"],
        sin: Float[Tensor, "*#batch T half"],
        cache: KVCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "B T C"]:
        """As Llama's; cos, sin: for rope_dim numbers.   cache: from the model's make_cache."""
        q = split_heads(self.q_proj(x), self.n_head)  # (B, H, T, D + rope_dim)
        content, turned = q.split([self.head_dim, self.rope_dim], dim=-1)
        q = torch.cat([content, apply_rope(turned, cos, sin)], dim=-1)  # (B, H, T, D + rope_dim)
        kept = self.compress(x, cos, sin)  # (B, 1, T, latent_dim + rope_dim)
        T = x.shape[1]
        causal, mask = True, None
        if cache is not None:
            causal, mask = cache.length == 0, cache.mask(T)  # (T, seen)
            kept, _ = cache.append(layer, kept, kept[..., :0])  # (B, 1, seen, latent_dim + rope_dim)
        k, v = self.expand(kept)
        heads = fused_scaled_dot_product_attention(
            q, k, v, causal=causal and mask is None, attn_mask=mask, scale=1 / math.sqrt(self.head_dim + self.rope_dim)
        )  # (B, H, T, D)
        return self.out_proj(merge_heads(heads))

    def compress(self, x: Float[Tensor, "B T C"], cos: Tensor, sin: Tensor) -> Float[Tensor, "B 1 T kept"]:
        """All that later tokens need of these: [c ; r], latent_dim + rope_dim numbers per token."""
        latent, key = self.kv_down_proj(x).split([self.latent_dim, self.rope_dim], dim=-1)  # (B, T, …) each
        return torch.cat([self.kv_norm(latent)[:, None], apply_rope(key[:, None], cos, sin)], dim=-1)

    def expand(
        self, kept: Float[Tensor, "B 1 seen kept"]
    ) -> tuple[Float[Tensor, "B H seen D_k"], Float[Tensor, "B H seen D"]]:
        """Keys and values of all heads."""
        latent, key = kept[:, 0].split([self.latent_dim, self.rope_dim], dim=-1)  # (B, seen, …) each
        content, v = split_heads(self.kv_up_proj(latent), self.n_head).chunk(2, dim=-1)  # (B, H, seen, D) each
        shared = key[:, None].expand(-1, self.n_head, -1, -1)  # (B, H, seen, rope_dim)
        return torch.cat([content, shared], dim=-1), v
