"""The decoder of today: a Llama in which each later change can be made by itself, or several together."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import ModernConfig
from course_lib.kv_cache import KVCache
from course_lib.llama import Llama, SwiGLU, rope_frequencies, scale_frequencies
from course_lib.llama.rope import rope_table
from course_lib.modern.cache import WindowedCache
from course_lib.modern.experts import MixtureOfExperts
from course_lib.modern.heads import ModernAttention
from course_lib.modern.latent import LatentAttention
from course_lib.modern.norms import OffsetRMSNorm, make_norm


class GeGLU(SwiGLU):
    """down(gelu(gate(x)) · up(x))  (Shazeer 2020, eq. 6), with the tanh form of GELU, as Gemma has it."""

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Transform each position by itself."""
        return self.down_proj(F.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class ModernBlock(nn.Module):
    """x ← x + attention(norm_1(x)),  x ← x + mlp(norm_2(x)), as Llama's; Gemma has a norm behind each of them too."""

    def __init__(self, config: ModernConfig, layer: int) -> None:
        super().__init__()
        C = config.n_embd
        self.norm_1 = make_norm(config, C)
        self.attention = ModernAttention(config, layer) if config.latent_dim is None else LatentAttention(config)
        self.norm_after_attention = make_norm(config, C) if config.gemma else nn.Identity()
        self.norm_2 = make_norm(config, C)
        self.mlp = make_mlp(config)
        self.norm_after_mlp = make_norm(config, C) if config.gemma else nn.Identity()

    def forward(
        self, x: Float[Tensor, "B T C"], cos: Tensor, sin: Tensor, cache: KVCache | None = None, layer: int = 0
    ) -> Float[Tensor, "B T C"]:
        """As Llama's block."""
        x = x + self.norm_after_attention(self.attention(self.norm_1(x), cos, sin, cache, layer))
        return x + self.norm_after_mlp(self.mlp(self.norm_2(x)))


def make_mlp(config: ModernConfig) -> nn.Module:
    """One MLP, or several with a router before them."""
    kind = GeGLU if config.gemma else SwiGLU
    if config.n_expert == 1:
        return kind(config.n_embd, config.hidden_dim)
    experts = [kind(config.n_embd, config.hidden_dim) for _ in range(config.n_expert)]
    return MixtureOfExperts(config.n_embd, experts, config.n_active)


class ModernDecoder(Llama):
    """A Llama with the changes that its configuration names; with none it is that Llama, number for number.

    Weights are drawn by GPT-2's rules. generator: for weights that can be drawn again.
    """

    config: ModernConfig

    def __init__(self, config: ModernConfig, generator: torch.Generator | None = None) -> None:
        super().__init__(config, generator)
        if config.gemma:
            self.final_norm = OffsetRMSNorm(config.n_embd, config.norm_eps)
        with torch.no_grad():
            for norm in self.modules():
                if isinstance(norm, OffsetRMSNorm):
                    norm.weight.zero_()  # GPT-2's rules made them 1, and here 0 stands for that

    def make_block(self, layer: int) -> nn.Module:
        """The block of one layer: global and local ones differ."""
        return ModernBlock(self.config, layer)

    def embed(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T C"]:
        """What the first block gets; Gemma multiplies it by √C, rounded to the weights' type as in its release."""
        x = self.token_embedding(idx)
        return x * torch.tensor(self.config.n_embd**0.5, dtype=x.dtype, device=x.device) if self.config.gemma else x

    def rotations(self, positions: Int[Tensor, "*batch T"]) -> list[tuple[Tensor, Tensor]]:
        """Cosine and sine for each layer: local layers may turn faster than global ones."""
        config = self.config
        width = config.head_dim if config.latent_dim is None else config.rope_dim
        frequencies = rope_frequencies(width, config.rope_theta, positions.device)
        if config.rope_scaling is not None:
            frequencies = scale_frequencies(frequencies, config.rope_scaling)
        tables = {"global": rope_table(positions, frequencies)}
        tables["local"] = tables["global"]
        if config.local_rope_theta is not None:
            tables["local"] = rope_table(positions, rope_frequencies(width, config.local_rope_theta, positions.device))
        return [tables[kind] for kind in config.attention_layers]

    def make_cache(self, batch_size: int, max_len: int | None = None, *, when_full: str = "raise") -> KVCache:
        """An empty cache of the model's shape: local layers keep their window, latent attention its latents alone."""
        config, weight = self.config, self.token_embedding.weight
        max_len = config.seq_len if max_len is None else max_len
        if config.latent_dim is not None:
            return KVCache(
                n_layer=config.n_layer,
                batch_size=batch_size,
                n_kv_head=1,
                max_len=max_len,
                head_dim=config.latent_dim + config.rope_dim,
                value_dim=0,
                dtype=weight.dtype,
                device=weight.device,
                when_full=when_full,  # type: ignore[arg-type]  # checked there
            )
        if "local" not in config.attention_layers or config.window >= max_len:
            return super().make_cache(batch_size, max_len, when_full=when_full)
        return WindowedCache(
            kinds=config.attention_layers,
            window=config.window,
            batch_size=batch_size,
            n_kv_head=config.n_kv_head,
            max_len=max_len,
            head_dim=config.head_dim,
            dtype=weight.dtype,
            device=weight.device,
            when_full=when_full,  # type: ignore[arg-type]  # checked there
        )
