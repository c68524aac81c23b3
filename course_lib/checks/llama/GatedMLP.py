"""Exercise 5 of lesson 10: SwiGLU."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.GatedMLP import VARIANTS
from course_lib.llama import (
    SwiGLU,
)


class GatedMLP(SwiGLU):
    """down(silu(gate(x)) · up(x))."""


def gated_with(combine: Callable[[Tensor, Tensor], Tensor]) -> type[SwiGLU]:
    """The MLP with another way to put gate and up together."""

    class Changed(SwiGLU):
        """down(combine(gate(x), up(x)))."""

        def forward(self, x: Tensor) -> Tensor:
            """(..., C) -> (..., C)."""
            return self.down_proj(combine(self.gate_proj(x), self.up_proj(x)))

    return Changed


class ActivatedAtTheEnd(SwiGLU):
    """The activation stands outside of the last layer."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return F.silu(self.down_proj(self.gate_proj(x) * self.up_proj(x)))


class WithTheInputAdded(SwiGLU):
    """The residual connection is made here, where it does not belong."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return x + super().forward(x)


class WithBiases(SwiGLU):
    """nn.Linear's default."""

    def __init__(self, n_embd: int, hidden_dim: int) -> None:
        super().__init__(n_embd, hidden_dim)
        self.gate_proj = nn.Linear(n_embd, hidden_dim)
        self.up_proj = nn.Linear(n_embd, hidden_dim)
        self.down_proj = nn.Linear(hidden_dim, n_embd)


def mlp_cases(generator: torch.Generator) -> list[Case]:
    """One number in and out, then drawn sizes."""

    def drawn(C: int, hidden: int, *shape: int) -> Case:
        shapes = {"gate_proj": (hidden, C), "up_proj": (hidden, C), "down_proj": (C, hidden)}
        weights = {f"{name}.weight": torch.randn(s, generator=generator) for name, s in shapes.items()}
        x = torch.randn(*shape, C, generator=generator)
        return Case(((C, hidden), weights, x), label=f"C = {C}, {hidden} hidden numbers")

    ones = {"gate_proj.weight": [[2.0]], "up_proj.weight": [[3.0]], "down_proj.weight": [[5.0]]}
    by_hand = ((1, 1), {name: torch.tensor(value) for name, value in ones.items()}, torch.ones(1, 1))
    return [
        Case(by_hand, label="x = 1, gate 2, up 3, down 5: 5 · silu(2) · 3"),
        drawn(4, 6, 3),
        drawn(6, 16, 2, 5),
        drawn(drawn_size(generator, 2, 7), drawn_size(generator, 8, 15), drawn_size(generator, 2, 4)),
    ]


EXERCISE = Exercise(
    name="GatedMLP",
    reference=GatedMLP,
    variants=VARIANTS,
    cases=mlp_cases,
    drive=drive.call_module,
    forbidden=("course_lib.llama.SwiGLU",),
    misconceptions=(
        Misconception(
            "gate and up swapped",
            gated_with(lambda gate, up: gate * F.silu(up)),
            "The SiLU belongs on the gate: silu(gate(x)) · up(x). With released weights the difference is a ruin.",
        ),
        Misconception(
            "sigmoid for SiLU",
            gated_with(lambda gate, up: torch.sigmoid(gate) * up),
            "That is a GLU. SwiGLU's gate is silu(z) = z · sigmoid(z), which can open wider than 1.",
        ),
        Misconception(
            "GELU for SiLU",
            gated_with(lambda gate, up: F.gelu(gate) * up),
            "That is a GEGLU, a near relation. Llama uses F.silu.",
        ),
        Misconception(
            "both halves activated",
            gated_with(lambda gate, up: F.silu(gate) * F.silu(up)),
            "Only the gate is activated; up goes through as it is.",
        ),
        Misconception(
            "halves added", gated_with(lambda gate, up: F.silu(gate) + up), "A gate multiplies: silu(gate(x)) * up(x)."
        ),
        Misconception(
            "product activated",
            gated_with(lambda gate, up: F.silu(gate * up)),
            "Activate the gate first, then multiply by up; not the other way.",
        ),
        Misconception(
            "activated at the end only",
            ActivatedAtTheEnd,
            "The SiLU belongs on the gate, before the product: silu(gate(x)) · up(x), and nothing after down_proj.",
        ),
        Misconception(
            "the gate twice",
            gated_with(lambda gate, up: F.silu(gate) * gate),
            "You multiply the activated gate by the gate itself. It is up(x) that it lets through.",
        ),
        Misconception("biases", WithBiases, "Llama's linear layers have none: nn.Linear(…, bias=False)."),
        Misconception(
            "no activation",
            gated_with(lambda gate, up: gate * up),
            "Gate and up are multiplied, but the gate has no activation: F.silu(gate(x)) * up(x).",
        ),
        Misconception(
            "ReLU for SiLU", gated_with(lambda gate, up: F.relu(gate) * up), "That is a ReGLU. Llama's gate is F.silu."
        ),
        Misconception(
            "up left out",
            gated_with(lambda gate, up: F.silu(gate)),
            "up_proj is made and never used. Its output is multiplied by the activated gate.",
        ),
        Misconception(
            "gate left out",
            gated_with(lambda gate, up: F.silu(up)),
            "gate_proj is made and never used: F.silu(gate(x)) * up(x).",
        ),
        Misconception(
            "input added",
            WithTheInputAdded,
            "The block adds the input to the stream. The MLP returns only what it computes.",
        ),
        Misconception(
            "down activated as well",
            type("DownActivated", (SwiGLU,), {"forward": lambda self, x: F.silu(SwiGLU.forward(self, x))}),
            "After down_proj nothing more is done: the SiLU belongs on the gate.",
        ),
        Misconception(
            "tanh for SiLU", gated_with(lambda gate, up: torch.tanh(gate) * up), "Llama's gate is F.silu, not tanh."
        ),
        Misconception(
            "softmax for SiLU",
            gated_with(lambda gate, up: gate.softmax(dim=-1) * up),
            "A softmax makes the hidden numbers compete. Each has a gate of its own: F.silu.",
        ),
    ),
    hints=(
        "Three linear layers: two from C to hidden, side by side, and one back.",
        "gate_proj and up_proj both read x. Only the gate goes through F.silu, then they are multiplied.",
        "return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x)), each nn.Linear with bias=False",
    ),
    review="lesson 10, 'SwiGLU: a gate in the MLP'",
)
