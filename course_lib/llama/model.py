"""Llama 3: a GPT with RMSNorm, rotary positions, a gated MLP, fewer key and value heads, and a cache."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import LlamaConfig, RopeScaling
from course_lib.initialization import gpt2_rules, initialize
from course_lib.kv_cache import KVCache
from course_lib.multi_head_attention import merge_heads, split_heads


class RMSNorm(nn.Module):
    """x / √(mean(x²) + eps) · weight, over the last dimension  (Zhang and Sennrich 2019, eq. 4).

    Unlike LayerNorm it neither subtracts the mean nor adds a shift. It computes in float32 whatever the input's dtype:
    in half precision the sum of squares loses too many digits.
    """

    def __init__(self, n_embd: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(n_embd))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Normalise each position by itself."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        scale = torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + self.eps)  # (..., 1)
        return (wide * scale).to(x.dtype) * self.weight


def rope_frequencies(head_dim: int, theta: float, device: torch.device | str | None = None) -> Float[Tensor, " D/2"]:
    """Angle per position of each pair, θ^(−2i/D) radians: 1 down to nearly 1/θ  (Su et al. 2021, section 3.2.2)."""
    # Always float32, and 1/θ^(2i/D) rather than θ^(−2i/D): positions up to 131,072 multiply each rounding error, and so
    # the angles are to the last bit those that released checkpoints were trained with.
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device) / head_dim  # 2i/D
    return 1.0 / theta**exponents


def scale_frequencies(frequencies: Float[Tensor, " D/2"], scaling: RopeScaling) -> Float[Tensor, " D/2"]:
    """Slow the long waves down by `scaling.factor`, keep the short ones  (Llama 3.1; see RopeScaling)."""
    wavelength = 2 * math.pi / frequencies  # tokens a turn
    turns = scaling.original_seq_len / wavelength  # in the original context
    kept = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor)
    kept = kept.clamp(0, 1)  # 0: a long wave, divided by the factor; 1: a short one, kept
    return kept * frequencies + (1 - kept) * frequencies / scaling.factor


def precompute_rope(
    head_dim: int, seq_len: int, theta: float = 500_000.0, scaling: RopeScaling | None = None
) -> tuple[Float[Tensor, "T D/2"], Float[Tensor, "T D/2"]]:
    """Cosine and sine of every position's angles, for `apply_rope`. Raises ValueError if head_dim is odd."""
    if head_dim % 2 != 0:
        raise ValueError(f"RoPE rotates pairs of numbers, so head_dim must be even, got {head_dim}")
    frequencies = rope_frequencies(head_dim, theta)
    if scaling is not None:
        frequencies = scale_frequencies(frequencies, scaling)
    return _rope_table(torch.arange(seq_len), frequencies)


def _rope_table(positions: Int[Tensor, "*batch T"], frequencies: Float[Tensor, " D/2"]) -> tuple[Tensor, Tensor]:
    angles = positions[..., None].to(frequencies.dtype) * frequencies  # (..., T, D/2)
    return angles.cos(), angles.sin()


def apply_rope(
    x: Float[Tensor, "*batch T D"], cos: Float[Tensor, "T D/2"], sin: Float[Tensor, "T D/2"]
) -> Float[Tensor, "*batch T D"]:
    """Rotate the pairs (x_i, x_{i + D/2}) of each position by its angles: Hugging Face's half-split pairing."""
    first, second = x.chunk(2, dim=-1)  # each (..., T, D/2)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def apply_rope_interleaved(
    x: Float[Tensor, "*batch T D"], cos: Float[Tensor, "T D/2"], sin: Float[Tensor, "T D/2"]
) -> Float[Tensor, "*batch T D"]:
    """Rotate the pairs (x_{2i}, x_{2i+1}): the pairing of the paper and of Meta's released checkpoints."""
    even, odd = x[..., 0::2], x[..., 1::2]  # each (..., T, D/2)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.stack([even * cos - odd * sin, odd * cos + even * sin], dim=-1).flatten(-2)


def interleaved_to_half_split(weight: Float[Tensor, "out C"], n_head: int) -> Float[Tensor, "out C"]:
    """Reorder the rows of a query or key projection from interleaved pairs to half-split ones.

    Scores are dot products, so the order within a head does not matter as long as queries and keys share it.
    n_head: heads in `weight`; for keys that is n_kv_head.
    """
    out, C = weight.shape
    return weight.view(n_head, out // n_head // 2, 2, C).transpose(1, 2).reshape(out, C)


def half_split_to_interleaved(weight: Float[Tensor, "out C"], n_head: int) -> Float[Tensor, "out C"]:
    """The way back: the inverse of `interleaved_to_half_split`."""
    out, C = weight.shape
    return weight.view(n_head, 2, out // n_head // 2, C).transpose(1, 2).reshape(out, C)


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
        cos: Float[Tensor, "T D/2"],
        sin: Float[Tensor, "T D/2"],
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
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.out_proj(merge_heads(heads))


class SwiGLU(nn.Module):
    """down(silu(gate(x)) · up(x))  (Shazeer 2020, eq. 6): one half of the hidden layer opens or shuts the other."""

    def __init__(self, n_embd: int, hidden_dim: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(n_embd, hidden_dim, bias=False)  # w1
        self.up_proj = nn.Linear(n_embd, hidden_dim, bias=False)  # w3
        self.down_proj = nn.Linear(hidden_dim, n_embd, bias=False)  # w2

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Transform each position by itself."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


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
        self.blocks = nn.ModuleList(LlamaBlock(config) for _ in range(config.n_layer))
        self.final_norm = RMSNorm(config.n_embd, config.norm_eps)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tie_embeddings:
            self.head.weight = self.token_embedding.weight
        initialize(self, gpt2_rules(config.n_layer), generator)

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
        end = T if cache is None else cache.length + T
        if end > self.config.seq_len and not slides:
            raise ValueError(
                f"the model was made for seq_len = {self.config.seq_len} tokens, got {end}; crop the text, "
                'build the model with a larger seq_len, or use a KVCache with when_full="slide"'
            )
        # Made anew on the device in each pass: kept as a buffer, model.to(torch.bfloat16) would ruin them.
        frequencies = rope_frequencies(self.config.head_dim, self.config.rope_theta, idx.device)  # (D/2,), float32
        if self.config.rope_scaling is not None:
            frequencies = scale_frequencies(frequencies, self.config.rope_scaling)
        cos, sin = _rope_table(positions, frequencies)  # (T, D/2)
        if positions.dim() == 2:  # each row has its own
            cos, sin = cos[:, None], sin[:, None]  # (B, 1, T, D/2): the same for all heads
        x = self.token_embedding(idx)  # (B, T, C)
        for layer, block in enumerate(self.blocks):
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
