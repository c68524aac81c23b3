"""The models between GPT and Llama: each of Llama's changes can be made by itself, or any of them together."""

from collections.abc import Collection

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.attention import fused_scaled_dot_product_attention
from course_lib.block import LayerNorm
from course_lib.config import GPTConfig, LlamaConfig, check_length
from course_lib.initialization import gpt2_rules, initialize
from course_lib.llama import RMSNorm, SwiGLU, apply_rope, precompute_rope
from course_lib.mlp import MLP
from course_lib.multi_head_attention import merge_heads, split_heads

CHANGES = ("no biases", "RMSNorm", "RoPE", "SwiGLU", "GQA", "untied head")


class HybridAttention(nn.Module):
    """Causal attention; of Llama's it may have the missing biases, the rotated queries and keys, the shared heads."""

    def __init__(self, gpt: GPTConfig, llama: LlamaConfig, changes: Collection[str]) -> None:
        super().__init__()
        C, D = gpt.n_embd, gpt.head_dim
        bias = gpt.bias and "no biases" not in changes
        self.rotates = "RoPE" in changes
        self.n_head = gpt.n_head
        self.n_kv_head = llama.n_kv_head if "GQA" in changes else gpt.n_head
        self.q_proj = nn.Linear(C, self.n_head * D, bias=bias)
        self.k_proj = nn.Linear(C, self.n_kv_head * D, bias=bias)
        self.v_proj = nn.Linear(C, self.n_kv_head * D, bias=bias)
        self.out_proj = nn.Linear(C, C, bias=bias)

    def forward(
        self, x: Float[Tensor, "B T C"], cos: Float[Tensor, "*#batch T half"], sin: Float[Tensor, "*#batch T half"]
    ) -> Float[Tensor, "B T C"]:
        """Let every position look at itself and at those before it."""
        q = split_heads(self.q_proj(x), self.n_head)  # (B, H, T, D)
        k = split_heads(self.k_proj(x), self.n_kv_head)  # (B, H_kv, T, D)
        v = split_heads(self.v_proj(x), self.n_kv_head)  # (B, H_kv, T, D)
        if self.rotates:
            q, k = apply_rope(q, cos, sin), apply_rope(k, cos, sin)
        heads = fused_scaled_dot_product_attention(q, k, v, enable_gqa=True)  # (B, H, T, D)
        return self.out_proj(merge_heads(heads))


class HybridBlock(nn.Module):
    """x ← x + attention(norm_1(x)),  x ← x + mlp(norm_2(x)): the one line in which GPT and Llama do not differ."""

    def __init__(self, gpt: GPTConfig, llama: LlamaConfig, changes: Collection[str]) -> None:
        super().__init__()
        bias = gpt.bias and "no biases" not in changes
        self.norm_1 = make_norm(gpt, llama, changes)
        self.attention = HybridAttention(gpt, llama, changes)
        self.norm_2 = make_norm(gpt, llama, changes)
        if "SwiGLU" in changes:
            self.mlp: nn.Module = SwiGLU(gpt.n_embd, llama.hidden_dim)
        else:
            self.mlp = MLP(gpt.n_embd, gpt.hidden_dim, bias=bias, dropout=gpt.dropout)

    def forward(self, x: Float[Tensor, "B T C"], cos: Tensor, sin: Tensor) -> Float[Tensor, "B T C"]:
        """cos, sin: the rotations of these positions, (T, D/2)."""
        x = x + self.attention(self.norm_1(x), cos, sin)
        return x + self.mlp(self.norm_2(x))


def make_norm(gpt: GPTConfig, llama: LlamaConfig, changes: Collection[str]) -> nn.Module:
    """Llama's norm or GPT's."""
    return RMSNorm(gpt.n_embd, llama.norm_eps) if "RMSNorm" in changes else LayerNorm(gpt.n_embd)


class Hybrid(nn.Module):
    """`GPT(gpt)` with some of Llama's `changes`; without any it is that GPT, with all of them it is `Llama(llama)`.

    changes: names from CHANGES.   generator: for weights that can be drawn again.
    Raises ValueError if a change is unknown, if the two configurations differ in a size that they share, or if the GPT
    has dropout, of which Llama has none.
    """

    def __init__(
        self,
        gpt: GPTConfig,
        llama: LlamaConfig,
        changes: Collection[str] = (),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_steps(gpt, llama, changes)
        self.config, self.llama = gpt, llama
        self.token_embedding = nn.Embedding(gpt.vocab_size, gpt.n_embd)
        # RoPE takes the place of the position embedding.
        self.position_embedding = None if "RoPE" in changes else nn.Embedding(gpt.seq_len, gpt.n_embd)
        self.blocks = nn.ModuleList(HybridBlock(gpt, llama, changes) for _ in range(gpt.n_layer))
        self.final_norm = make_norm(gpt, llama, changes)
        self.head = nn.Linear(gpt.n_embd, gpt.vocab_size, bias=False)
        if "untied head" not in changes:
            self.head.weight = self.token_embedding.weight
        initialize(self, gpt2_rules(gpt.n_layer), generator)

    def forward(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """As `gpt.GPT`. Raises ValueError if there are more tokens than `config.seq_len`."""
        T = idx.shape[-1]
        check_length(self.config, T)
        table = precompute_rope(self.config.head_dim, T, self.llama.rope_theta, self.llama.rope_scaling)
        cos, sin = (part.to(idx.device) for part in table)  # each (T, D/2)
        x = self.token_embedding(idx)  # (B, T, C)
        if self.position_embedding is not None:
            x = x + self.position_embedding(torch.arange(T, device=idx.device))
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.head(self.final_norm(x))  # (B, T, V)


def check_steps(gpt: GPTConfig, llama: LlamaConfig, changes: Collection[str]) -> None:
    """Raises ValueError, naming the value, if there is no model between these two with these changes."""
    unknown = sorted(set(changes) - set(CHANGES))
    if unknown:
        raise ValueError(f"unknown changes {unknown}; there are {', '.join(CHANGES)}")
    for size in ("vocab_size", "seq_len", "n_layer", "n_embd", "n_head"):
        if getattr(gpt, size) != getattr(llama, size):
            raise ValueError(
                f"the GPT has {size} = {getattr(gpt, size)}, the Llama {getattr(llama, size)}; both need the same"
            )
    if gpt.dropout != 0:
        raise ValueError(f"Llama has no dropout, so the GPT must have none either, got dropout = {gpt.dropout}")
