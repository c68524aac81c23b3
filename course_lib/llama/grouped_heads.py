"""Grouped-query attention: several query heads share a key and a value head, so that a cache is smaller."""

from jaxtyping import Float
from torch import Tensor, nn

from course_lib.attention import fused_scaled_dot_product_attention
from course_lib.config import LlamaConfig
from course_lib.kv_cache import KVCache
from course_lib.llama.rope import apply_rope
from course_lib.multi_head_attention import merge_heads, split_heads


def repeat_kv(x: Float[Tensor, "B H_kv T D"], groups: int) -> Float[Tensor, "B H T D"]:
    """Each key or value head, `groups` times in a row: what grouped-query attention computes, spelled out."""
    return x.repeat_interleave(groups, dim=1)


class GroupedQueryAttention(nn.Module):
    """Causal attention in which n_head / n_kv_head query heads share a key and value head  (Ainslie et al. 2023)."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        C, D = config.n_embd, config.head_dim
        self.n_head = config.n_head
        self.n_kv_head = config.n_kv_head
        self.q_proj = nn.Linear(C, config.n_head * D, bias=False)
        self.k_proj = nn.Linear(C, config.n_kv_head * D, bias=False)
        self.v_proj = nn.Linear(C, config.n_kv_head * D, bias=False)
        self.out_proj = nn.Linear(config.n_head * D, C, bias=False)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        cos: Float[Tensor, "*#batch T half"],
        sin: Float[Tensor, "*#batch T half"],
        cache: KVCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "B T C"]:
        """Attend to the tokens of `x` and, with a cache, to those before them, whose keys are rotated already."""
        q = apply_rope(split_heads(self.q_proj(x), self.n_head), cos, sin)  # (B, H, T, D)
        k = apply_rope(split_heads(self.k_proj(x), self.n_kv_head), cos, sin)  # (B, H_kv, T, D)
        v = split_heads(self.v_proj(x), self.n_kv_head)  # (B, H_kv, T, D)
        if cache is not None:
            return self.out_proj(merge_heads(cache.attend(layer, q, k, v)))
        # enable_gqa computes with repeat_kv(k) and repeat_kv(v); a test holds the two equal.
        heads = fused_scaled_dot_product_attention(q, k, v, enable_gqa=True)
        return self.out_proj(merge_heads(heads))
