"""Exercise 5 of lesson 09 (debug): the decoder that wants a memory."""

from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.torch_builtin.inputs import drawn_size
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


def stack_cases(generator: torch.Generator) -> list[Case]:
    """One small stack, of as many texts as tokens, so that axes can be confused; then others."""

    def drawn(n_embd: int, n_head: int, n_layer: int, B: int, T: int) -> Case:
        module = CausalStack(n_embd, n_head, n_layer)
        weights = {
            name: torch.randn(parameter.shape, generator=generator) * 0.3
            for name, parameter in module.named_parameters()
        }
        x = torch.randn(B, T, n_embd, generator=generator)
        label = f"C = {n_embd}, {n_head} heads, {n_layer} layers, x of {B} × {T} × {n_embd}"
        return Case(((n_embd, n_head, n_layer), weights, x), label=label)

    heads, B = drawn_size(generator, 2, 4), drawn_size(generator, 2, 4)
    any_size = drawn(heads * drawn_size(generator, 2, 4), heads, drawn_size(generator, 1, 2), B, B + 2)
    return [drawn(4, 2, 1, 3, 3), drawn(12, 3, 2, 2, 5), any_size]


EXERCISE = Exercise(
    name="CausalStack",
    reference=CausalStack,
    cases=stack_cases,
    drive=drive.call_with_and_without_hint,
    misconceptions=(
        Misconception(
            "cross-attention kept",
            CrossAttentionKept,
            "With a memory it runs, but each layer has an attention too many. A decoder-only model is torch's "
            "encoder with a mask.",
        ),
        Misconception(
            "no mask", StackUnmasked, "The encoder lets every position see the future: give it a causal mask."
        ),
        Misconception("mask inverted", StackInverted, "True means blocked: block what lies above the diagonal."),
        Misconception(
            "the diagonal blocked too",
            StackBlind,
            "Every position may see itself: triu(diagonal=1), not triu().",
        ),
        Misconception(
            "a final norm",
            stack_with(final_norm=True),
            "There is a norm after the last block, which was not wanted: leave out norm=….",
        ),
        Misconception(
            "post-norm by default",
            stack_with(norm_first=False),
            "The norms stand after the sums, torch's default. Pre-norm was asked for: norm_first=True.",
        ),
        Misconception(
            "batch taken for time",
            stack_with(batch_first=False),
            "The default order is (T, B, C), so yours attends from text to text in the batch. Use batch_first=True.",
        ),
        Misconception(
            "dropout on by default",
            stack_with(dropout=0.1),
            "The default dropout is 0.1, so that two calls disagree. Say dropout=0.0.",
        ),
        Misconception(
            "an MLP 2048 wide by default",
            stack_with(width=2048),
            "dim_feedforward is 2048 unless you say otherwise. It should be 4 * n_embd.",
        ),
        Misconception(
            "GELU for the default activation",
            stack_with(activation="gelu"),
            "torch's default activation, ReLU, was asked for: leave out activation=….",
        ),
        Misconception(
            "a mask of ones and zeros",
            StackOfNumbers,
            "A floating point mask is added to the scores, and + 1 blocks nothing: use True and False.",
        ),
        Misconception(
            "mask inverted, and not read",
            StackInvertedUnread,
            "With is_causal=True torch need not read the mask, so today nobody sees that yours is inverted: for these "
            "layers True means blocked. The hint must tell the truth about the mask that you give.",
        ),
        Misconception(
            "the past blocked",
            StackPastBlocked,
            "True means blocked, and yours is True below the diagonal, where the past is. Above it lies the future: "
            "triu(diagonal=1). The hint is_causal=True must tell the truth about the mask that you give.",
        ),
    ),
    hints=(
        "What should the memory be, if there is no second text? Which layer has no need of one?",
        "nn.TransformerEncoder of nn.TransformerEncoderLayer, with the same arguments, and mask= in forward.",
        "blocked = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1); "
        "return self.stack(x, mask=blocked)",
    ),
    review="lesson 09, 'What torch calls a decoder'",
)
