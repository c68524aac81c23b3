"""GPT-Neo, the architecture of the TinyStories models: GPT-2's blocks, but every other layer sees a window only."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.attention import fused_scaled_dot_product_attention, window_mask
from course_lib.block import LayerNorm
from course_lib.config import AttentionKind, GPTNeoConfig, check_length
from course_lib.initialization import gpt2_rules, initialize
from course_lib.mlp import MLP
from course_lib.multi_head_attention import merge_heads, split_heads


class GPTNeoAttention(nn.Module):
    """Causal attention without the factor 1/√D: the released weights were trained to do without it.

    kind: "global", or "local" for a layer whose positions see the last `config.window` tokens alone.
    Only the output has a bias.
    """

    def __init__(self, config: GPTNeoConfig, kind: AttentionKind) -> None:
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.window = config.window if kind == "local" else None
        self.dropout = config.dropout
        self.q_proj = nn.Linear(C, C, bias=False)
        self.k_proj = nn.Linear(C, C, bias=False)
        self.v_proj = nn.Linear(C, C, bias=False)
        self.out_proj = nn.Linear(C, C)
        self.out_dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """Let every position look at itself and at those before it, as far as its layer sees."""
        T = x.shape[1]
        q, k, v = (
            split_heads(project(x), self.n_head) for project in (self.q_proj, self.k_proj, self.v_proj)
        )  # each (B, H, T, D)
        mask = None
        if self.window is not None and T > self.window:  # else the causal mask says the same
            mask = window_mask(T, self.window, x.device)  # (T, T)
        dropout = self.dropout if self.training else 0.0
        # In half precision too the kernel has its scores in float32, which without the scale they need.
        heads = fused_scaled_dot_product_attention(
            q, k, v, causal=mask is None, attn_mask=mask, scale=1.0, dropout_p=dropout
        )  # (B, H, T, D)
        return self.out_dropout(self.out_proj(merge_heads(heads)))


class GPTNeoBlock(nn.Module):
    """x ← x + attention(norm_1(x)),  x ← x + mlp(norm_2(x)), as GPT-2's."""

    def __init__(self, config: GPTNeoConfig, kind: AttentionKind) -> None:
        super().__init__()
        C = config.n_embd
        self.norm_1 = LayerNorm(C, config.norm_eps)
        self.attention = GPTNeoAttention(config, kind)
        self.norm_2 = LayerNorm(C, config.norm_eps)
        self.mlp = MLP(C, config.hidden_dim, bias=True, dropout=config.dropout)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """Add to the stream what attention gathers from other positions, then what the MLP makes of it."""
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))


class GPTNeo(nn.Module):
    """A language model in the manner of GPT-Neo  (Black et al. 2021), as TinyStories uses it  (Eldan and Li 2023).

    It has no cache: a layer that sees a window only would have to forget keys that the others keep. `generate` shows it
    the whole text for each token.
    Weights are drawn by GPT-2's rules. generator: for weights that can be drawn again.
    """

    def __init__(self, config: GPTNeoConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(GPTNeoBlock(config, kind) for kind in config.attention_layers)
        self.final_norm = LayerNorm(config.n_embd, config.norm_eps)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tie_embeddings:
            self.head.weight = self.token_embedding.weight
        initialize(self, gpt2_rules(config.n_layer), generator)

    def forward(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """Logits at every position. Raises as `hidden` does."""
        return self.head(self.hidden(idx))  # (B, T, V)

    def hidden(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T C"]:
        """What the head makes logits from: the stream behind the final norm.

        Raises ValueError if there are more tokens than `config.seq_len`.
        """
        T = idx.shape[-1]
        check_length(self.config, T)
        positions = torch.arange(T, device=idx.device)  # (T,)
        x = self.dropout(self.token_embedding(idx) + self.position_embedding(positions))  # (B, T, C)
        for block in self.blocks:
            x = block(x)  # (B, T, C)
        return self.final_norm(x)  # (B, T, C)
