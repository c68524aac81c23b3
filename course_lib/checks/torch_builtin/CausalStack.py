"""Exercise 5 of lesson 09 (debug): the decoder that wants a memory."""

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.torch_builtin.inputs import drawn_size
from course_lib.checks.torch_builtin.slots.CausalStack import VARIANTS
from course_lib.checks.torch_builtin.stacks import (
    CausalStack,
    CrossAttentionKept,
    StackBlind,
    StackInverted,
    StackInvertedUnread,
    StackOfNumbers,
    StackPastBlocked,
    StackUnmasked,
    stack_with,
)


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
    variants=VARIANTS,
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
