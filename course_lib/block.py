"""The decoder block: attention and MLP, each behind a norm and added to the residual stream."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import GPTConfig
from course_lib.kv_cache import KVCache
from course_lib.mlp import MLP
from course_lib.multi_head_attention import MultiHeadAttention

EPS = 1e-5  # keeps the norm of a constant vector finite


def layer_norm(
    x: Float[Tensor, "*batch C"], weight: Float[Tensor, " C"], bias: Float[Tensor, " C"], eps: float = EPS
) -> Float[Tensor, "*batch C"]:
    """(x − mean) / √(variance + eps) · weight + bias, over the last dimension  (Ba et al. 2016, eq. 4).

    The variance is the biased one: it divides by C, not by C − 1.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True)  # (..., 1)
    return (x - mean) / torch.sqrt(variance + eps) * weight + bias


class LayerNorm(nn.Module):
    """`layer_norm` with a learned scale, which starts at one, and shift, which starts at zero: 2·C parameters."""

    def __init__(self, n_embd: int, eps: float = EPS) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(n_embd))
        self.bias = nn.Parameter(torch.zeros(n_embd))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Normalise each position by itself."""
        # The fused kernel of layer_norm above; a test holds them equal.
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class DecoderBlock(nn.Module):
    """Pre-norm block:  x ← x + attention(norm_1(x)),  x ← x + mlp(norm_2(x))  (Radford et al. 2019, section 2.3)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.norm_1 = LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = LayerNorm(config.n_embd)
        self.mlp = MLP(config)

    def forward(
        self, x: Float[Tensor, "B T C"], cache: KVCache | None = None, layer: int = 0
    ) -> Float[Tensor, "B T C"]:
        """Add to the stream what attention gathers from other positions, then what the MLP makes of it.

        cache, layer: as in `MultiHeadAttention`. Without them attention is given the stream alone, and so any module
        (B, T, C) → (B, T, C) can stand in its place.
        """
        h = self.norm_1(x)
        x = x + (self.attention(h) if cache is None else self.attention(h, cache, layer))
        return x + self.mlp(self.norm_2(x))


class PostNormBlock(nn.Module):
    """Post-norm block:  x ← norm_1(x + attention(x)),  x ← norm_2(x + mlp(x))  (Vaswani et al. 2017, section 3.1).

    The first transformer's order, to compare with: here the norms stand in the stream itself.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(config)
        self.norm_1 = LayerNorm(config.n_embd)
        self.mlp = MLP(config)
        self.norm_2 = LayerNorm(config.n_embd)

    def forward(
        self, x: Float[Tensor, "B T C"], cache: KVCache | None = None, layer: int = 0
    ) -> Float[Tensor, "B T C"]:
        """Add what attention gathers and normalise the sum, then the same with what the MLP makes of it."""
        x = self.norm_1(x + (self.attention(x) if cache is None else self.attention(x, cache, layer)))
        return self.norm_2(x + self.mlp(x))


def residual_pieces(blocks: Iterable[DecoderBlock], x: Float[Tensor, "B T C"]) -> Float[Tensor, "pieces B T C"]:
    """What the stream is the sum of: first x itself, then what each attention and each MLP in turn adds to it."""
    pieces = [x]
    for block in blocks:
        for norm, layer in ((block.norm_1, block.attention), (block.norm_2, block.mlp)):
            pieces.append(layer(norm(x)))
            x = x + pieces[-1]
    return torch.stack(pieces)


def contribution_shares(pieces: Float[Tensor, "pieces *batch C"]) -> Float[Tensor, "pieces *batch"]:
    """How much of the stream, the sum of the pieces, each accounts for: (piece · stream) / (stream · stream).

    At each position the shares add up to 1. A piece that points against the sum has a negative share.
    """
    stream = pieces.sum(dim=0)  # (..., C)
    return (pieces * stream).sum(dim=-1) / (stream * stream).sum(dim=-1)
