"""Exercise 3 of lesson 05: the module."""

import math

import torch
import torch.nn.functional as F

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.mlp.positions import draw, require_only_position
from course_lib.checks.mlp.slots.MLP import VARIANTS
from course_lib.checks.mlp.variants import (
    AddsItsInput,
    CurveAtTheEnd,
    CurveTwice,
    DropsAlways,
    NoCurve,
    ProbabilityToKeep,
    TorchsDropout,
    with_curve,
    with_layers,
)
from course_lib.config import GPTConfig


def module_config(*, n_embd: int, mlp_ratio: float = 4.0, bias: bool = False, dropout: float = 0.0) -> GPTConfig:
    """A small GPT with two heads; of its fields the MLP reads four."""
    return GPTConfig(n_embd=n_embd, n_head=2, mlp_ratio=mlp_ratio, bias=bias, dropout=dropout)


def module_case(config: GPTConfig, *batch: int, label: str, generator: torch.Generator, training: bool = True) -> Case:
    """The module's own weights replaced by normal numbers, so that no two are alike."""
    sized = mlp.MLP(config.n_embd, config.hidden_dim, bias=config.bias)
    weights = {
        name: torch.randn(weight.shape, generator=generator) / math.sqrt(weight.shape[-1])
        for name, weight in sized.state_dict().items()
    }
    x = 2 * torch.randn(*batch, config.n_embd, generator=generator)
    return Case(((config,), weights, x), {} if training else {"training": False}, label=label)


def module_cases(generator: torch.Generator) -> list[Case]:
    """One position first; then a batch; then what the configuration can vary, and use after training."""
    C, quarters, B, T = (draw(generator, low, low + 3) for low in (3, 5, 2, 4))
    drawn = module_config(n_embd=4 * C, mlp_ratio=quarters / 4, bias=quarters % 2 == 0)

    def case(config: GPTConfig, *batch: int, label: str, training: bool = True) -> Case:
        return module_case(config, *batch, label=label, generator=generator, training=training)

    return [
        case(module_config(n_embd=2), 1, 1, label="1 position, C = 2"),
        case(module_config(n_embd=4), 2, 3, label="2 × 3 positions, C = 4"),
        case(module_config(n_embd=4, mlp_ratio=2.5), 2, 3, label="mlp_ratio = 2.5"),
        case(module_config(n_embd=4, bias=True), 2, 3, label="bias = True"),
        case(module_config(n_embd=4, dropout=0.5), 2, 3, label="dropout = 0.5, after .eval()", training=False),
        case(drawn, B, T, label=f"C = {4 * C}, mlp_ratio = {quarters / 4}"),
    ]


def module_drops_outputs(call: Call, generator: torch.Generator) -> None:
    """With dropout 0.5, about half of the output is zero while training."""
    case = module_case(module_config(n_embd=8, dropout=0.5), 4, 50, label="", generator=generator)
    dropped = call(*case.args)["output"] == 0
    zeros = dropped.double().mean().item()
    if not 0.4 < zeros < 0.6:  # 1,600 numbers, so the share has a standard deviation of 0.0125
        raise Failed(f"with dropout = 0.5, about half of the output should be 0 in training; {zeros:.0%} of yours is")
    if not (dropped.any(dim=-1) & ~dropped.all(dim=-1)).any():
        raise Failed("with dropout = 0.5 your output loses whole positions: nn.Dropout draws for each number by itself")


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
    variants=VARIANTS,
    cases=module_cases,
    drive=drive.call_module_in_mode,
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
            with_curve(F.relu),
            'The exercise asks for GPT-2\'s curve: F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "the exact GELU",
            with_curve(F.gelu),
            'F.gelu is exact by default. GPT-2 was trained with F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "the input added",
            AddsItsInput,
            "Adding the input is the block's work, in lesson 06. The MLP returns only what it has made.",
        ),
        Misconception(
            "biases always on",
            with_layers(lambda config: (True, True), lambda config: config.hidden_dim),
            "nn.Linear has a bias unless you say bias=False. Pass on bias=config.bias.",
        ),
        Misconception(
            "biases always off",
            with_layers(lambda config: (False, False), lambda config: config.hidden_dim),
            "Whether there are biases is for the configuration to say. Pass on bias=config.bias.",
        ),
        Misconception(
            "always four times as wide",
            with_layers(lambda config: (config.bias, config.bias), lambda config: 4 * config.n_embd),
            "The width comes from the configuration: config.hidden_dim, which is n_embd · mlp_ratio.",
        ),
        Misconception(
            "dropout after training too",
            DropsAlways,
            "Your MLP drops numbers after .eval() as well. F.dropout needs training=self.training; nn.Dropout looks "
            "by itself.",
        ),
        Misconception(
            "SiLU for GELU",
            with_curve(F.silu),
            'x·σ(x) is SiLU. The exercise asks for GPT-2\'s curve: F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "tanh for GELU",
            with_curve(torch.tanh),
            'tanh is only inside GPT-2\'s GELU: F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "the sigmoid for GELU",
            with_curve(torch.sigmoid),
            'The exercise asks for GPT-2\'s curve: F.gelu(hidden, approximate="tanh").',
        ),
        Misconception(
            "a bias in the first layer only",
            with_layers(lambda config: (config.bias, False), lambda config: config.hidden_dim),
            "Both layers take bias=config.bias.",
        ),
        Misconception(
            "a bias in the second layer only",
            with_layers(lambda config: (False, config.bias), lambda config: config.hidden_dim),
            "Both layers take bias=config.bias.",
        ),
        Misconception(
            "a hidden layer of width C",
            with_layers(lambda config: (config.bias, config.bias), lambda config: config.n_embd),
            "Between the two layers there are config.hidden_dim numbers, not config.n_embd.",
        ),
        Misconception(
            "dropout with torch's own probability",
            TorchsDropout,
            "F.dropout(x) drops half of all numbers, its default, whatever the configuration says: give it "
            "p=config.dropout.",
        ),
        Misconception(
            "the probability of keeping given",
            ProbabilityToKeep,
            "nn.Dropout takes the probability with which a number is dropped, not kept: config.dropout as it is.",
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
