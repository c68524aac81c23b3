"""Exercise 6 of lesson 10: SwiGLU."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.llama import (
    SwiGLU,
)


class GatedMLP(SwiGLU):
    """down(silu(gate(x)) · up(x))."""


class GateAndUpSwapped(SwiGLU):
    """The activation is on the wrong one of the two."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(self.gate_proj(x) * F.silu(self.up_proj(x)))


class SigmoidGate(SwiGLU):
    """GLU: a sigmoid in place of the SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(torch.sigmoid(self.gate_proj(x)) * self.up_proj(x))


class GeluGate(SwiGLU):
    """GEGLU: GPT's activation in place of the SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.gelu(self.gate_proj(x)) * self.up_proj(x))


class BothActivated(SwiGLU):
    """Both halves go through the SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.silu(self.gate_proj(x)) * F.silu(self.up_proj(x)))


class AddedHalves(SwiGLU):
    """The halves are added, so that nothing is gated."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.silu(self.gate_proj(x)) + self.up_proj(x))


class ActivatedProduct(SwiGLU):
    """The activation comes after the product."""

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        return self.down_proj(F.silu(self.gate_proj(x) * self.up_proj(x)))


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
    ]


EXERCISE = Exercise(
    name="GatedMLP",
    reference=GatedMLP,
    cases=mlp_cases,
    drive=drive.call_module,
    forbidden=("course_lib.llama.SwiGLU",),
    misconceptions=(
        Misconception(
            "gate and up swapped",
            GateAndUpSwapped,
            "The SiLU belongs on the gate: silu(gate(x)) · up(x). With released weights the difference is a ruin.",
        ),
        Misconception(
            "sigmoid for SiLU",
            SigmoidGate,
            "That is a GLU. SwiGLU's gate is silu(z) = z · sigmoid(z), which can open wider than 1.",
        ),
        Misconception("GELU for SiLU", GeluGate, "That is a GEGLU, a near relation. Llama uses F.silu."),
        Misconception("both halves activated", BothActivated, "Only the gate is activated; up goes through as it is."),
        Misconception("halves added", AddedHalves, "A gate multiplies: silu(gate(x)) * up(x)."),
        Misconception(
            "product activated",
            ActivatedProduct,
            "Activate the gate first, then multiply by up; not the other way.",
        ),
        Misconception("biases", WithBiases, "Llama's linear layers have none: nn.Linear(…, bias=False)."),
    ),
    hints=(
        "Three linear layers: two from C to hidden, side by side, and one back.",
        "gate_proj and up_proj both read x. Only the gate goes through F.silu, then they are multiplied.",
        "return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x)), each nn.Linear with bias=False",
    ),
    review="lesson 10, 'SwiGLU: a gate in the MLP'",
)
