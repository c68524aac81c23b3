"""What the exercises on whole blocks share: inputs, a property, and mistakes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_lib import block
from course_lib.checks.engine.exercise import Call, Case, Failed
from course_lib.config import GPTConfig
from course_lib.mlp import MLP
from course_lib.multi_head_attention import MultiHeadAttention


def block_config(C: int, H: int, mlp_ratio: float = 4.0) -> GPTConfig:
    """A configuration of which only the block's part matters."""
    return GPTConfig(n_embd=C, n_head=H, mlp_ratio=mlp_ratio)


def block_case(
    kind: type[nn.Module], config: GPTConfig, B: int, T: int, *, label: str, generator: torch.Generator
) -> Case:
    """A block whose matrices are normal and whose norms have scales and shifts of their own."""
    weights = {}
    for name, weight in kind(config).state_dict().items():
        drawn = torch.randn(weight.shape, generator=generator)
        weights[name] = drawn / weight.shape[-1] ** 0.5 if weight.dim() == 2 else 0.5 * drawn + name.endswith("weight")
    x = 2 * torch.randn(B, T, config.n_embd, generator=generator) + 1
    return Case(((config,), weights, x), label=label)


def draw(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def block_cases(kind: type[nn.Module], generator: torch.Generator) -> list[Case]:
    """One token, for which attention is one matrix; then more tokens, heads and sequences."""
    H, D, B, T = (draw(generator, low, low + 2) for low in (2, 3, 2, 5))
    label = f"B = {B}, T = {T}, C = {H * D}, {H} heads"
    return [
        block_case(kind, block_config(2, 1), 1, 1, label="1 token, C = 2", generator=generator),
        block_case(kind, block_config(4, 2), 1, 3, label="3 tokens, C = 4", generator=generator),
        block_case(kind, block_config(6, 3, 2.0), 2, 5, label="mlp_ratio = 2", generator=generator),
        block_case(kind, block_config(H * D, H), B, T, label=label, generator=generator),
    ]


def pre_norm_cases(generator: torch.Generator) -> list[Case]:
    """Cases of a pre-norm block."""
    return block_cases(block.DecoderBlock, generator)


def stream_passes_silent_layers(call: Call, generator: torch.Generator) -> None:
    """If attention and MLP write zeros, the block returns its input."""
    init, weights, x = block_case(block.DecoderBlock, block_config(4, 2), 1, 3, label="", generator=generator).args
    for name in ("attention.out_proj.weight", "mlp.down_proj.weight"):
        weights[name] = torch.zeros_like(weights[name])
    output = call(init, weights, x)["output"]
    if not torch.allclose(output, x, atol=1e-5):
        raise Failed(
            f"when attention and MLP write only zeros, x should pass unharmed; "
            f"yours changes it by up to {(output - x).abs().max():.3g}"
        )


def with_forward(kind: type[nn.Module], forward: Callable[[Any, Tensor], Tensor]) -> type[nn.Module]:
    """A block of the same parts that are put together in another way."""
    return type("Variant", (kind,), {"forward": forward})


class NoResidual(block.DecoderBlock):
    """Each layer replaces the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """mlp(norm(attention(norm(x))))."""
        return self.mlp(self.norm_2(self.attention(self.norm_1(x))))


class NormalisedResidual(block.DecoderBlock):
    """What is added to is the normalised vector."""

    def forward(self, x: Tensor) -> Tensor:
        """The stream is overwritten by its norm, twice."""
        x = self.norm_1(x)
        x = x + self.attention(x)
        x = self.norm_2(x)
        return x + self.mlp(x)


class PostNormByAccident(block.DecoderBlock):
    """The norms stand in the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x + f(x)), twice."""
        x = self.norm_1(x + self.attention(x))
        return self.norm_2(x + self.mlp(x))


class SharedNorm(nn.Module):
    """One norm for both layers."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.norm = block.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        """Pre-norm with the same scale and shift twice."""
        x = x + self.attention(self.norm(x))
        return x + self.mlp(self.norm(x))


class NormsGone(nn.Module):
    """Attention and MLP alone, each added."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(config)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        """Residuals without norms."""
        x = x + self.attention(x)
        return x + self.mlp(x)
