"""Exercises of lesson 05: the MLP."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from course_lib import mlp
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.config import GPTConfig

FAR = 30.0  # so far out that GELU is the identity or zero in float32


# Exercises 1 and 2: GELU, exact and by tanh


def curve_cases(generator: torch.Generator) -> list[Case]:
    """Numbers to look up in a table of the normal distribution, then drawn ones, then far ones."""
    return [
        Case((torch.tensor([1.0, -1.0, 2.0]),), label="x = 1, −1 and 2"),
        Case((2 * torch.randn(3, 4, generator=generator),), label="twelve normal numbers with deviation 2"),
        Case((torch.tensor([FAR, -FAR]),), label="x = 30 and −30"),
    ]


def difference_of_both_sides_is_x(call: Call, generator: torch.Generator) -> None:
    """gelu(x) − gelu(−x) = x, because Φ(x) + Φ(−x) = 1."""
    x = 2 * torch.randn(20, generator=generator)
    difference = call(x)["output"] - call(-x)["output"]
    if not torch.allclose(difference, x, atol=1e-4):
        worst = (difference - x).abs().argmax()
        raise Failed(
            f"for x = {x[worst]:.3f}, the result for x minus the result for −x should be x; "
            f"it is {difference[worst]:.3f}"
        )


def tanh_form(
    x: Tensor, *, factor: float = math.sqrt(2 / math.pi), cubic: float = mlp.GELU_TANH_CUBIC, power: int = 3
) -> Tensor:
    """gelu_tanh with its constants open to mistakes."""
    return x * (1 + torch.tanh(factor * (x + cubic * x**power))) / 2


# Exercise 3: the module


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


def require_only_position(position: int, moved: Tensor) -> None:
    """Raise Failed unless of all outputs only the one at `position` moved."""
    wrong = [t for t, distance in enumerate(moved.tolist()) if (distance > 0) != (t == position)]
    if wrong:
        raise Failed(
            f"only position {position} of {len(moved)} was changed, so only its output should move; "
            f"wrong at the positions {wrong}"
        )


# Exercise 4: predict the operations of a batch


def predict_mlp_flops() -> int:
    """2 · 8·C² · B·T with C = 100, B = 32, T = 128."""
    return 2 * 8 * 100**2 * 32 * 128


# Exercise 5 (debug): rows that are no positions


def feed_forward(
    x: Float[Tensor, "B T C"], up: Float[Tensor, "hidden C"], down: Float[Tensor, "C hidden"]
) -> Float[Tensor, "B T C"]:
    """down(gelu(up(x))) with plain matrices, one position at a time."""
    return F.gelu(x @ up.T, approximate="tanh") @ down.T


def mixed_positions(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """The exercise's broken version: after the transpose, a row holds one channel of many positions."""
    B, T, C = x.shape
    rows = x.transpose(1, 2).reshape(B * T, C)
    return feed_forward(rows, up, down).view(B, T, C)


def turned_back_at_the_end(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """The transpose undone on the output, when its rows are already mixed."""
    B, T, C = x.shape
    rows = x.transpose(1, 2).reshape(B * T, C)
    return feed_forward(rows, up, down).view(B, C, T).transpose(1, 2)


def batch_and_time_exchanged(x: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """Rows are positions, but they are put back in another order."""
    rows = x.transpose(0, 1).flatten(0, 1)
    return feed_forward(rows, up, down).view(x.shape)


def feed_forward_cases(generator: torch.Generator) -> list[Case]:
    """Two positions with numbers to do by hand, one position, then sizes that are all different, then equal ones."""
    by_hand = (torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]), torch.tensor([[3.0, 0.0], [0.0, 3.0], [1.0, -1.0]]))
    cases = [Case((*by_hand, torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])), label="2 positions, C = 2")]
    for B, T, C in ((1, 1, 3), (2, 3, 4), (3, 4, 4)):
        x = torch.randn(B, T, C, generator=generator)
        up, down = torch.randn(4 * C, C, generator=generator), torch.randn(C, 4 * C, generator=generator)
        cases.append(Case((x, up, down), label=f"B = {B}, T = {T}, C = {C}"))
    return cases


def feed_forward_keeps_positions_apart(call: Call, generator: torch.Generator) -> None:
    """A position's input changes no other position's output."""
    x, up, down = (torch.randn(*shape, generator=generator) for shape in ((1, 6, 4), (16, 4), (4, 16)))
    changed = x.clone()
    changed[:, 5] += 1.0
    require_only_position(5, (call(changed, up, down) - call(x, up, down)).abs().amax(dim=-1)[0])


# Exercise 6 (experiment): dimensions of the output


def fresh_mlp(mlp_ratio: float, C: int) -> mlp.MLP:
    """An MLP in float64, with torch's own initial weights."""
    return mlp.MLP(GPTConfig(n_embd=C, n_head=1, mlp_ratio=mlp_ratio)).double()


def rank(rows: Tensor) -> int:
    """How many dimensions the rows span."""
    return int(torch.linalg.matrix_rank(rows.detach()))


def output_rank(mlp_ratio: float, x: Float[Tensor, "positions C"]) -> int:
    """Dimensions that the outputs of a fresh MLP span."""
    return rank(fresh_mlp(mlp_ratio, x.shape[-1])(x))


def hidden_rank(mlp_ratio: float, x: Tensor) -> int:
    """Dimensions of the hidden layer instead of the output."""
    return rank(mlp.gelu_tanh(fresh_mlp(mlp_ratio, x.shape[-1]).up_proj(x)))


def rank_without_curve(mlp_ratio: float, x: Tensor) -> int:
    """Dimensions of the output of two linear layers."""
    module = fresh_mlp(mlp_ratio, x.shape[-1])
    return rank(module.down_proj(module.up_proj(x)))


def rank_cases(generator: torch.Generator) -> list[Case]:
    """A narrow, an equal and a wide hidden layer; then inputs that span few dimensions; then few inputs."""
    x = torch.randn(200, 20, generator=generator, dtype=torch.float64)
    flat = x[:, :2] @ torch.randn(2, 20, generator=generator, dtype=torch.float64)
    return [
        Case((0.25, x), label="5 hidden units"),
        Case((1.0, x), label="as many hidden units as channels"),
        Case((4.0, x), label="80 hidden units"),
        Case((1.5, flat), label="30 hidden units, inputs in a plane"),
        Case((4.0, x[:5]), label="80 hidden units, 5 positions"),
    ]


EXERCISES = (
    Exercise(
        name="gelu",
        reference=mlp.gelu,
        forbidden=(
            "torch.nn.functional.gelu",
            "torch.nn.GELU",
        ),
        cases=curve_cases,
        drive=drive.call_with_gradient,
        properties=(Property("the results for x and −x differ by x", difference_of_both_sides_is_x),),
        misconceptions=(
            Misconception(
                "x not divided by √2",
                lambda x: x * (1 + torch.erf(x)) / 2,
                "erf belongs to a bell curve with deviation 1/√2; Φ(x) = (1 + erf(x / √2)) / 2.",
            ),
            Misconception(
                "the half forgotten",
                lambda x: x * (1 + torch.erf(x / math.sqrt(2))),
                "1 + erf(…) runs from 0 to 2. A probability runs from 0 to 1, so halve it.",
            ),
            Misconception(
                "Φ alone",
                lambda x: (1 + torch.erf(x / math.sqrt(2))) / 2,
                "That is the probability Φ(x). GELU multiplies x by it.",
            ),
            Misconception(
                "the density in place of Φ",
                lambda x: x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi),
                "The bell curve itself says how likely numbers near x are; Φ(x) is the area under it to the left of x.",
            ),
            Misconception(
                "the tanh form",
                tanh_form,
                "That is the approximation, which the next exercise asks for. This one uses torch.erf.",
            ),
            Misconception(
                "SiLU",
                lambda x: x * torch.sigmoid(x),
                "x·σ(x) is SiLU. The logistic curve σ looks like Φ but is wider: GELU needs the normal distribution.",
            ),
            Misconception(
                "the approximation x·σ(1.702·x)",
                lambda x: x * torch.sigmoid(1.702 * x),
                "That is a rougher approximation from the same paper. This exercise asks for the exact form.",
            ),
            Misconception(
                "ReLU",
                torch.relu,
                "max(0, x) has a corner at 0. GELU weights x by a probability, so it passes 0 smoothly.",
            ),
        ),
        hints=(
            "GELU is x times a probability. Write the probability first: it is 0.5 for x = 0.",
            "torch.erf runs from −1 to 1. Shift it and halve it to get from 0 to 1; mind the √2 inside.",
            "x * (1 + torch.erf(x / math.sqrt(2))) / 2",
        ),
        review="lesson 05, 'GELU and its relatives'",
    ),
    Exercise(
        name="gelu_tanh",
        reference=mlp.gelu_tanh,
        forbidden=(
            "torch.nn.functional.gelu",
            "torch.nn.GELU",
        ),
        cases=curve_cases,
        drive=drive.call_with_gradient,
        properties=(Property("the results for x and −x differ by x", difference_of_both_sides_is_x),),
        misconceptions=(
            Misconception(
                "0.44715 typed for 0.044715",
                lambda x: tanh_form(x, cubic=0.44715),
                "The coefficient of x³ is 0.044715, with a zero after the point.",
            ),
            Misconception(
                "the root over the 2 alone",
                lambda x: tanh_form(x, factor=math.sqrt(2) / math.pi),
                "√(2/π) is the root of the whole fraction, 0.798; √2/π is 0.450.",
            ),
            Misconception(
                "2/π without the root",
                lambda x: tanh_form(x, factor=2 / math.pi),
                "The factor is √(2/π), which is 0.798; yours is 0.637.",
            ),
            Misconception(
                "x² for x³",
                lambda x: tanh_form(x, power=2),
                "The correction is in x³, so that it has the sign of x.",
            ),
            Misconception(
                "the cubic term outside the brackets",
                lambda x: x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + mlp.GELU_TANH_CUBIC * x**3)) / 2,
                "√(2/π) multiplies the whole sum x + 0.044715·x³, not x alone.",
            ),
            Misconception(
                "the half forgotten",
                lambda x: 2 * tanh_form(x),
                "1 + tanh(…) runs from 0 to 2: halve it.",
            ),
            Misconception(
                "the 1 forgotten",
                lambda x: tanh_form(x) - x / 2,
                "tanh runs from −1 to 1; 1 + tanh, halved, runs from 0 to 1 as a probability does.",
            ),
            Misconception(
                "the exact form",
                mlp.gelu,
                "That is x·Φ(x) with erf, and torch's default. GPT-2 uses the approximation with tanh.",
            ),
        ),
        hints=(
            "Only the probability changes: (1 + erf(…)) / 2 becomes (1 + tanh(…)) / 2.",
            "Inside tanh stands √(2/π) times a sum of two terms: x, and a small multiple of x³.",
            "x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2",
        ),
        review="lesson 05, 'Two GELUs'",
    ),
    Exercise(
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
    ),
    Exercise(
        name="predict_mlp_flops",
        reference=predict_mlp_flops,
        cases=single_case,
        misconceptions=(
            Misconception(
                "half of it",
                lambda: 80_000 * 4_096,
                "Each weight costs two operations a position, a multiplication and an addition, in both layers.",
            ),
            Misconception(
                "one token",
                lambda: 2 * 80_000,
                "That is for one token. The batch has 32 · 128 of them, and the MLP runs at each.",
            ),
            Misconception(
                "one sequence",
                lambda: 2 * 80_000 * 128,
                "That is one sequence of 128 tokens; the batch has 32.",
            ),
            Misconception(
                "one token of each sequence",
                lambda: 2 * 80_000 * 32,
                "That is one token for each of the 32 sequences; each sequence has 128.",
            ),
            Misconception(
                "pairs of positions",
                lambda: 2 * 80_000 * 32 * 128 * 128,
                "In an MLP positions do not meet: the cost grows with T, not with T². T² is attention's scores.",
            ),
            Misconception(
                "the parameters",
                lambda: 80_000,
                "That is the number of weights. Each is used at each of the 4,096 positions, for two operations.",
            ),
            Misconception(
                "forward and backward",
                lambda: 3 * 2 * 80_000 * 4_096,
                "A training step costs about three forward passes. The question is about one forward pass.",
            ),
        ),
        hints=(
            "Three factors: how many weights, how many operations a weight, and at how many positions.",
            "8·C² weights with C = 100, two operations each, at 32 · 128 positions.",
            "2 · 80,000 · 4,096",
        ),
        review="lesson 05, 'Parameters and operations'",
    ),
    Exercise(
        name="feed_forward",
        reference=feed_forward,
        cases=feed_forward_cases,
        properties=(
            Property("a position's input changes no other position's output", feed_forward_keeps_positions_apart),
        ),
        misconceptions=(
            Misconception(
                "positions still mixed",
                mixed_positions,
                "After transpose(1, 2), a row of the reshaped tensor holds one channel of many positions, "
                "not one position. C is already last: no transpose is needed.",
            ),
            Misconception(
                "turned back too late",
                turned_back_at_the_end,
                "Transposing the result does not help: the linear layers have already mixed the positions.",
            ),
            Misconception(
                "batch and time exchanged",
                batch_and_time_exchanged,
                "Each row is a position now, but they come back in another order: you flattened (T, B) "
                "and viewed the result as (B, T).",
            ),
            Misconception(
                "the curve lost",
                lambda x, up, down: x @ up.T @ down.T,
                "Positions are apart now, but the GELU between the layers has gone.",
            ),
            Misconception(
                "the curve after the second layer",
                lambda x, up, down: F.gelu(x @ up.T @ down.T, approximate="tanh"),
                "Positions are apart now, but the GELU has moved: it belongs between the layers.",
            ),
            Misconception(
                "the exact GELU",
                lambda x, up, down: F.gelu(x @ up.T) @ down.T,
                'The broken version used GPT-2\'s form, approximate="tanh". Keep it.',
            ),
            Misconception(
                "weights not transposed",
                lambda x, up, down: F.gelu(x @ up, approximate="tanh") @ down,
                "up has the shape (hidden, C), as nn.Linear keeps its weight: multiply by up.T.",
            ),
        ),
        hints=(
            "Print the first row that goes into the first product, for the x in the cell above. Whose numbers is it?",
            "A matrix product works on the last dimension. Which dimension of x must be last, and is it already?",
            "Leave the transpose out. You do not even need to flatten: x @ up.T works for (B, T, C) as it is.",
        ),
        review="lesson 05, 'One position at a time'",
        tolerance=1e-4,
    ),
    Exercise(
        name="output_rank",
        reference=output_rank,
        cases=rank_cases,
        misconceptions=(
            Misconception(
                "width of the hidden layer",
                lambda mlp_ratio, x: int(mlp_ratio * x.shape[-1]),
                "That is the number of hidden units. Measure the output, with torch.linalg.matrix_rank.",
            ),
            Misconception(
                "rank of the hidden layer",
                hidden_rank,
                "You measured between the two layers. The output has been through down_proj, back to C channels.",
            ),
            Misconception(
                "reckoned, not measured",
                lambda mlp_ratio, x: min(int(mlp_ratio * x.shape[-1]), x.shape[-1]),
                "That is the most that the layers allow. What comes out also depends on x: five positions cannot "
                "span more than five dimensions.",
            ),
            Misconception(
                "rank of the input",
                lambda mlp_ratio, x: rank(x),
                "You measured x itself. Give it to an MLP first.",
            ),
            Misconception(
                "the curve left out",
                rank_without_curve,
                "Two linear layers cannot leave the plane that their inputs lie in. Call the whole MLP, with its GELU.",
            ),
        ),
        hints=(
            "Three lines: make the MLP, give it x, measure what comes out.",
            "MLP(GPTConfig(n_embd=x.shape[-1], n_head=1, mlp_ratio=mlp_ratio)).double() takes x. "
            "torch.linalg.matrix_rank counts the dimensions.",
            "int(torch.linalg.matrix_rank(module(x))), where module is the MLP of the second hint.",
        ),
        review="lesson 05, 'The module'",
    ),
)
