"""Llama 3: a GPT with RMSNorm, rotary positions, a gated MLP, fewer key and value heads, and a cache."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_lib.config import LlamaConfig, check_length
from course_lib.initialization import gpt2_rules, initialize
from course_lib.kv_cache import KVCache
from course_lib.llama.grouped_heads import GroupedQueryAttention
from course_lib.llama.norm import RMSNorm
from course_lib.llama.rope import rope_frequencies, rope_table, scale_frequencies
from course_lib.llama.swiglu import SwiGLU


class LlamaBlock(nn.Module):
    """x ← x + attention(norm_1(x)),  x ← x + mlp(norm_2(x))."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.norm_1 = RMSNorm(config.n_embd, config.norm_eps)
        self.attention = GroupedQueryAttention(config)
        self.norm_2 = RMSNorm(config.n_embd, config.norm_eps)
        self.mlp = SwiGLU(config.n_embd, config.hidden_dim)

    def forward(
        self, x: Float[Tensor, "B T C"], cos: Tensor, sin: Tensor, cache: KVCache | None = None, layer: int = 0
    ) -> Float[Tensor, "B T C"]:
        """As GPT's block; cos, sin: the rotations of these positions."""
        x = x + self.attention(self.norm_1(x), cos, sin, cache, layer)
        return x + self.mlp(self.norm_2(x))


class Llama(nn.Module):
    """A language model in the manner of Llama 3  (Touvron et al. 2023; Grattafiori et al. 2024).

    Weights are drawn by GPT-2's rules. generator: for weights that can be drawn again.
    """

    def __init__(self, config: LlamaConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.blocks = nn.ModuleList(self.make_block(layer) for layer in range(config.n_layer))
        self.final_norm = RMSNorm(config.n_embd, config.norm_eps)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tie_embeddings:
            self.head.weight = self.token_embedding.weight
        initialize(self, gpt2_rules(config.n_layer), generator)

    def make_block(self, layer: int) -> nn.Module:
        """The block of one layer; here all are alike."""
        return LlamaBlock(self.config)

    def embed(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T C"]:
        """What the first block gets."""
        return self.token_embedding(idx)

    def rotations(self, positions: Int[Tensor, "*batch T"]) -> list[tuple[Tensor, Tensor]]:
        """Cosine and sine of these positions for each layer, (..., T, D/2); here all turn alike."""
        # Made anew on the device in each pass: kept as a buffer, model.to(torch.bfloat16) would ruin them.
        frequencies = rope_frequencies(
            self.config.head_dim, self.config.rope_theta, positions.device
        )  # (D/2,), float32
        if self.config.rope_scaling is not None:
            frequencies = scale_frequencies(frequencies, self.config.rope_scaling)
        return [rope_table(positions, frequencies)] * self.config.n_layer

    def forward(self, idx: Int[Tensor, "B T"], cache: KVCache | None = None) -> Float[Tensor, "B T V"]:
        """Logits at every position of `idx`, which continues what the cache has seen, if there is one.

        Raises as `hidden` does.
        """
        return self.head(self.hidden(idx, cache))  # (B, T, V)

    def hidden(self, idx: Int[Tensor, "B T"], cache: KVCache | None = None) -> Float[Tensor, "B T C"]:
        """What the head makes logits from: the stream behind the final norm.

        Raises ValueError if a position is beyond `config.seq_len`, unless the cache slides; if the cache is full; and
        if it was made for another batch size or needs a gradient.
        """
        T = idx.shape[-1]
        positions = torch.arange(T, device=idx.device) if cache is None else cache.positions(T)  # (T,)
        slides = cache is not None and cache.when_full == "slide"
        if not slides:
            or_else = ', or use a KVCache with when_full="slide"'
            check_length(self.config, T if cache is None else cache.length + T, or_else)
        if positions.dim() == 2:  # each row has its own
            positions = positions[:, None]  # (B, 1, T): the same for all heads
        x = self.embed(idx)  # (B, T, C)
        for layer, (block, (cos, sin)) in enumerate(zip(self.blocks, self.rotations(positions), strict=True)):
            x = block(x, cos, sin, cache, layer)  # (B, T, C)
        if cache is not None:
            cache.advance(T)
        return self.final_norm(x)  # (B, T, C)

    def make_cache(self, batch_size: int, max_len: int | None = None, *, when_full: str = "raise") -> KVCache:
        """An empty cache of the model's shape, dtype and device; max_len: `config.seq_len` unless given."""
        weight = self.token_embedding.weight
        return KVCache(
            n_layer=self.config.n_layer,
            batch_size=batch_size,
            n_kv_head=self.config.n_kv_head,
            max_len=self.config.seq_len if max_len is None else max_len,
            head_dim=self.config.head_dim,
            dtype=weight.dtype,
            device=weight.device,
            when_full=when_full,  # type: ignore[arg-type]  # checked there
        )
