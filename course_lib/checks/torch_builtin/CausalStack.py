"""Exercise 5 of lesson 09 (debug): the decoder that wants a memory."""

import torch
from torch import Tensor, nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
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


class StackHintOnly(CausalStack):
    """is_causal=True without a mask: torch raises an error."""

    def forward(self, x: Tensor) -> Tensor:
        """Asks for a mask."""
        return self.stack(x, is_causal=True)


class StackInverted(CausalStack):
    """True where attention is allowed."""

    def forward(self, x: Tensor) -> Tensor:
        """Every position sees only those after it."""
        return self.stack(x, mask=~blocked_mask(x.shape[1]))


class StackBlind(CausalStack):
    """The diagonal is blocked too."""

    def forward(self, x: Tensor) -> Tensor:
        """No position sees itself, and the first sees nothing."""
        T = x.shape[1]
        return self.stack(x, mask=torch.ones(T, T, dtype=torch.bool).triu())


def stack_cases(generator: torch.Generator) -> list[Case]:
    """One small stack, and one with another batch than number of tokens."""

    def drawn(n_embd: int, n_head: int, n_layer: int, B: int, T: int) -> Case:
        module = CausalStack(n_embd, n_head, n_layer)
        weights = {
            name: torch.randn(parameter.shape, generator=generator) * 0.3
            for name, parameter in module.named_parameters()
        }
        x = torch.randn(B, T, n_embd, generator=generator)
        label = f"C = {n_embd}, {n_head} heads, {n_layer} layers, x of {B} × {T} × {n_embd}"
        return Case(((n_embd, n_head, n_layer), weights, x), label=label)

    return [drawn(4, 2, 1, 1, 3), drawn(12, 3, 2, 2, 5)]


EXERCISE = Exercise(
    name="CausalStack",
    reference=CausalStack,
    cases=stack_cases,
    drive=drive.call_module,
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
        Misconception(
            "is_causal without a mask",
            StackHintOnly,
            "is_causal is only a hint about the mask that you give: give the mask as well.",
        ),
        Misconception("mask inverted", StackInverted, "True means blocked: block what lies above the diagonal."),
        Misconception(
            "the diagonal blocked too",
            StackBlind,
            "Every position may see itself: triu(diagonal=1), not triu().",
        ),
    ),
    hints=(
        "What should the memory be, if there is no second text? Which layer has no need of one?",
        "nn.TransformerEncoder of nn.TransformerEncoderLayer, with the same arguments, and mask= in forward.",
        "blocked = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1); "
        "return self.stack(x, mask=blocked)",
    ),
    review="lesson 09, 'What a decoder is, in torch's words'",
)
