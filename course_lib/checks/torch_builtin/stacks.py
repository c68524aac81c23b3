"""A stack of torch's layers, and what becomes of it with the mistakes that are made in it."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks.torch_builtin.masks import blocked_mask


class CausalStack(nn.Module):
    """A stack of decoder-only blocks, (B, T, C) -> (B, T, C): torch's encoder with a causal mask."""

    def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(n_embd, n_head, 4 * n_embd, 0.0, batch_first=True, norm_first=True)
        self.stack: nn.Module = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees itself and those before it."""
        return self.stack(x, mask=blocked_mask(x.shape[1]))


class CrossAttentionKept(CausalStack):
    """A decoder that is given the text itself for its memory, so that it runs."""

    def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
        super().__init__(n_embd, n_head, n_layer)
        layer = nn.TransformerDecoderLayer(n_embd, n_head, 4 * n_embd, 0.0, batch_first=True, norm_first=True)
        self.stack = nn.TransformerDecoder(layer, n_layer)

    def forward(self, x: Tensor) -> Tensor:
        """The cross-attention sees everything."""
        return self.stack(x, x, tgt_mask=blocked_mask(x.shape[1]))


class StackUnmasked(CausalStack):
    """An encoder as it comes."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees all."""
        return self.stack(x)


class StackInverted(CausalStack):
    """True where attention is allowed."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees only those after it."""
        return self.stack(x, mask=~blocked_mask(x.shape[1]))


class StackInvertedUnread(CausalStack):
    """True where attention is allowed, and a hint with which nobody looks."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees what it should, by luck."""
        return self.stack(x, mask=~blocked_mask(x.shape[1]), is_causal=True)


class StackPastBlocked(CausalStack):
    """The past is blocked, with a hint with which nobody looks."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees what it should, by luck."""
        return self.stack(x, mask=blocked_mask(x.shape[1]).T, is_causal=True)


class StackBlind(CausalStack):
    """The diagonal is blocked too."""

    def forward(self, x: Tensor) -> Tensor:
        """No position sees itself, and the first sees nothing."""
        T = x.shape[1]
        return self.stack(x, mask=torch.ones(T, T, dtype=torch.bool).triu())


def stack_with(*, final_norm: bool = False, width: int | None = None, **options: Any) -> type[CausalStack]:
    """The stack with other options for its layers, or a norm at its end."""

    class Changed(CausalStack):
        """The same mask, other layers."""

        def __init__(self, n_embd: int, n_head: int, n_layer: int) -> None:
            super().__init__(n_embd, n_head, n_layer)
            chosen = {"dropout": 0.0, "batch_first": True, "norm_first": True, **options}
            layer = nn.TransformerEncoderLayer(n_embd, n_head, width or 4 * n_embd, **chosen)
            norm = nn.LayerNorm(n_embd) if final_norm else None
            self.stack = nn.TransformerEncoder(layer, n_layer, norm=norm, enable_nested_tensor=False)

    return Changed


class StackOfNumbers(CausalStack):
    """A mask that is added."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees all, the later ones a little better."""
        return self.stack(x, mask=blocked_mask(x.shape[1]).float())
