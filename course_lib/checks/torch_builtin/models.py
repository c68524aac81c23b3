"""A GPT of torch's layers, and what becomes of it with the mistakes that are made in it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.torch_builtin.masks import blocked_mask
from course_lib.config import GPTConfig

gelu_tanh = partial(F.gelu, approximate="tanh")


class BuiltinGPT(nn.Module):
    """The GPT of lesson 07 with `nn.TransformerEncoder` for its blocks: (B, T) -> (B, T, V)."""

    norm_first = True
    activation: Callable[[Tensor], Tensor] = staticmethod(gelu_tanh)
    batch_first = True
    is_causal: bool | None = None  # the hint, with which the mask need not be read

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        layer = nn.TransformerEncoderLayer(
            config.n_embd,
            config.n_head,
            dim_feedforward=self.width(config),
            dropout=self.dropout(config),
            activation=self.activation,
            batch_first=self.batch_first,
            norm_first=self.norm_first,
        )
        final_norm = nn.LayerNorm(config.n_embd)
        self.encoder = nn.TransformerEncoder(layer, config.n_layer, norm=final_norm, enable_nested_tensor=False)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def width(self, config: GPTConfig) -> int:
        """Of the MLP's hidden layer."""
        return config.hidden_dim

    def dropout(self, config: GPTConfig) -> float:
        """Probability of dropout in a layer."""
        return config.dropout

    def mask(self, T: int) -> Tensor | None:
        """What the encoder is told not to look at."""
        return blocked_mask(T)

    def embedded(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, C)."""
        return self.token_embedding(idx) + self.position_embedding(torch.arange(idx.shape[1]))

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        T = idx.shape[1]
        x = self.embedded(idx)
        return self.result(self.head(self.encoder(x, mask=self.mask(T), is_causal=self.is_causal)))

    def result(self, logits: Tensor) -> Tensor:
        """What is made of the logits."""
        return logits


def model_with(**changed: Any) -> type[BuiltinGPT]:
    """`BuiltinGPT` with some of its attributes and methods replaced."""
    return type("Changed", (BuiltinGPT,), changed)


class WithoutFinalNorm(BuiltinGPT):
    """`nn.TransformerEncoder` has a final norm only if it is given one."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.encoder.norm = None


class UntiedHead(BuiltinGPT):
    """The head keeps its own weight."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)


class HeadWithBias(BuiltinGPT):
    """nn.Linear's default."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.head = nn.Linear(config.n_embd, config.vocab_size)
        self.head.weight = self.token_embedding.weight
