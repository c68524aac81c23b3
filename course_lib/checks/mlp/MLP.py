"""Exercise 3 of lesson 05: the module."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.mlp.positions import require_only_position
from course_lib.config import GPTConfig


class CurveAtTheEnd(mlp.MLP):
    """gelu(down(up(x)))."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend the output rather than the hidden layer."""
        return self.dropout(F.gelu(self.down_proj(self.up_proj(x)), approximate="tanh"))


class CurveTwice(mlp.MLP):
    """gelu(down(gelu(up(x))))."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend the hidden layer and the output."""
        return F.gelu(super().forward(x), approximate="tanh")


class NoCurve(mlp.MLP):
    """down(up(x))."""

    def forward(self, x: Tensor) -> Tensor:
        """Two linear layers, which are one."""
        return self.dropout(self.down_proj(self.up_proj(x)))


class ReluCurve(mlp.MLP):
    """down(relu(up(x)))."""

    def forward(self, x: Tensor) -> Tensor:
        """ReLU in place of GELU."""
        return self.dropout(self.down_proj(F.relu(self.up_proj(x))))


class ExactCurve(mlp.MLP):
    """down(gelu(up(x))) with the exact GELU."""

    def forward(self, x: Tensor) -> Tensor:
        """torch's default form in place of GPT-2's."""
        return self.dropout(self.down_proj(F.gelu(self.up_proj(x))))


class AddsItsInput(mlp.MLP):
    """x + down(gelu(up(x)))."""

    def forward(self, x: Tensor) -> Tensor:
        """The block's residual, already added here."""
        return x + super().forward(x)


class BiasAlways(mlp.MLP):
    """Linear layers with torch's default bias, whatever the configuration says."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd)


class BiasNever(mlp.MLP):
    """Linear layers without bias, whatever the configuration says."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=False)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=False)


class AlwaysFourTimes(mlp.MLP):
    """A hidden layer of 4·C, whatever the configuration says."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.up_proj = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.down_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)


def module_config(*, n_embd: int, mlp_ratio: float = 4.0, bias: bool = False, dropout: float = 0.0) -> GPTConfig:
    """A configuration of which only the MLP's part matters."""
    return GPTConfig(n_embd=n_embd, n_head=1, mlp_ratio=mlp_ratio, bias=bias, dropout=dropout)


def module_case(config: GPTConfig, *batch: int, label: str, generator: torch.Generator) -> Case:
    """The module's own weights replaced by normal numbers, so that no two are alike."""
    weights = {
        name: torch.randn(weight.shape, generator=generator) / math.sqrt(weight.shape[-1])
        for name, weight in mlp.MLP(config).state_dict().items()
    }
    x = 2 * torch.randn(*batch, config.n_embd, generator=generator)
    return Case(((config,), weights, x), label=label)


def module_cases(generator: torch.Generator) -> list[Case]:
    """One position first; then a batch; then what the configuration can vary."""
    return [
        module_case(module_config(n_embd=2), 1, 1, label="1 position, C = 2", generator=generator),
        module_case(module_config(n_embd=4), 2, 3, label="2 × 3 positions, C = 4", generator=generator),
        module_case(module_config(n_embd=4, mlp_ratio=2.5), 2, 3, label="mlp_ratio = 2.5", generator=generator),
        module_case(module_config(n_embd=4, bias=True), 2, 3, label="bias = True", generator=generator),
    ]


def module_drops_outputs(call: Call, generator: torch.Generator) -> None:
    """With dropout 0.5, about half of the output is zero while training."""
    case = module_case(module_config(n_embd=8, dropout=0.5), 4, 50, label="", generator=generator)
    zeros = (call(*case.args)["output"] == 0).double().mean().item()
    if not 0.4 < zeros < 0.6:  # 1,600 numbers, so the share has a standard deviation of 0.0125
        raise Failed(f"with dropout = 0.5, about half of the output should be 0 in training; {zeros:.0%} of yours is")


def module_keeps_positions_apart(call: Call, generator: torch.Generator) -> None:
    """A position's input changes no other position's output."""
    case = module_case(module_config(n_embd=4), 1, 5, label="", generator=generator)
    init, weights, x = case.args
    changed = x.clone()
    changed[:, 2] += 1.0
    moved = (call(init, weights, changed)["output"] - call(init, weights, x)["output"]).abs().amax(dim=-1)[0]
    require_only_position(2, moved)


EXERCISE = Exercise(
    name="MLP",
    reference=mlp.MLP,
    cases=module_cases,
    drive=drive.call_module,
    properties=(
        Property("a position's input changes no other position's output", module_keeps_positions_apart),
        Property("dropout sets a share of the output to zero while training", module_drops_outputs),
    ),
    misconceptions=(
        Misconception(
            "the curve after the second layer",
            CurveAtTheEnd,
            "gelu(down(up(x))) has two linear layers in a row, which are one. The curve belongs between them.",
        ),
        Misconception(
            "a curve after both layers",
            CurveTwice,
            "The output is bent too, so it is never below −0.17 and the MLP cannot subtract. Leave it linear.",
        ),
        Misconception(
            "no curve",
            NoCurve,
            "Two linear layers without a curve between them are one linear layer.",
        ),
        Misconception(
            "ReLU for GELU",
            ReluCurve,
            'The exercise asks for GPT-2\'s curve: F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "the exact GELU",
            ExactCurve,
            'F.gelu is exact by default. GPT-2 was trained with F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "the input added",
            AddsItsInput,
            "Adding the input is the block's work, in lesson 06. The MLP returns only what it has made.",
        ),
        Misconception(
            "biases always on",
            BiasAlways,
            "nn.Linear has a bias unless you say bias=False. Pass on bias=config.bias.",
        ),
        Misconception(
            "biases always off",
            BiasNever,
            "Whether there are biases is for the configuration to say. Pass on bias=config.bias.",
        ),
        Misconception(
            "always four times as wide",
            AlwaysFourTimes,
            "The width comes from the configuration: config.hidden_dim, which is n_embd · mlp_ratio.",
        ),
    ),
    hints=(
        "Two nn.Linear layers and an nn.Dropout in __init__; three steps in forward.",
        "The first goes from config.n_embd to config.hidden_dim, the second back. Both take bias=config.bias.",
        'return self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate="tanh")))',
    ),
    review="lesson 05, 'The module'",
    tolerance=1e-5,
)
