"""Exercise 6 of lesson 05: how many dimensions the output has."""

from collections.abc import Callable
from numbers import Integral

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import mlp
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.mlp.positions import draw


def fresh_mlp(mlp_ratio: float, C: int) -> mlp.MLP:
    """An MLP in float64, with torch's own initial weights."""
    return mlp.MLP(C, round(mlp_ratio * C)).double()


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


def rank_with(
    n_embd: Callable[[Tensor], int] = lambda x: x.shape[-1],
    ratio: Callable[[float], float] = lambda mlp_ratio: mlp_ratio,
    give: Callable[[mlp.MLP, Tensor], Tensor] = lambda module, x: module.double()(x),
) -> Callable[[float, Tensor], int]:
    """`output_rank` with another width, another ratio, or x given to the module in another way."""

    def measure(mlp_ratio: float, x: Tensor) -> int:
        C = n_embd(x)
        return rank(give(mlp.MLP(C, round(ratio(mlp_ratio) * C)), x))

    return measure


def rank_cases(generator: torch.Generator) -> list[Case]:
    """A narrow, an equal and a wide hidden layer; then inputs that span few dimensions; few inputs; other widths."""

    def positions(n: int, C: int) -> Tensor:
        return torch.randn(n, C, generator=generator, dtype=torch.float64)

    x = positions(120, 20)
    flat = x[:, :2] @ positions(2, 20)
    close = positions(1, 20) + 1e-7 * positions(60, 20)  # in float32 they are all but one
    C, few = 4 * draw(generator, 3, 4), draw(generator, 3, 9)
    return [
        Case((0.25, x), label="5 hidden units"),
        Case((1.0, x), label="as many hidden units as channels"),
        Case((4.0, x), label="80 hidden units"),
        Case((1.5, flat), label="30 hidden units, inputs in a plane"),
        Case((4.0, x[:few]), label=f"80 hidden units, {few} positions"),
        Case((0.5, close), label="10 hidden units, positions that lie very close together"),
        Case((1.0, x[:few].repeat(8, 1)), label=f"{8 * few} positions, of which {few} are different"),
        Case((0.5, positions(60, C)), label=f"C = {C}, {C // 2} hidden units"),
        Case((draw(generator, 1, 3) / 4, positions(60, 28)), label="C = 28"),
    ]


def is_a_whole_number(call: Call, generator: torch.Generator) -> None:
    """A tensor of one number is not yet a number."""
    found = call(0.25, torch.randn(50, 8, generator=generator, dtype=torch.float64))
    if isinstance(found, bool) or not isinstance(found, Integral):
        kind = type(found).__name__
        raise Failed(f"asked for is a whole number, an int, and yours is {found!r}, a {kind}: make it int(...)")


EXERCISE = Exercise(
    name="output_rank",
    reference=output_rank,
    cases=rank_cases,
    properties=(Property("the result is a whole number", is_a_whole_number),),
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
            "the notebook's width for every input",
            rank_with(n_embd=lambda x: 20),
            "Your MLP takes 20 channels whatever x has. Its width is that of x: x.shape[-1].",
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
        Misconception(
            "the ratio not passed on",
            rank_with(ratio=lambda mlp_ratio: 4.0),
            "Your hidden layer is always four times as wide. It has mlp_ratio times as many units as x has channels.",
        ),
        Misconception(
            "positions turned into float32",
            rank_with(give=lambda module, x: module(x.float())),
            "You turned the positions into float32, in which small differences are lost. Turn the module into float64: "
            ".double().",
        ),
        Misconception(
            "the module left in float32",
            rank_with(give=lambda module, x: module(x)),
            "The positions are float64 and the module is float32, so they cannot be multiplied. Turn the module into "
            "float64: .double().",
        ),
        Misconception(
            "the width of the output",
            lambda mlp_ratio, x: x.shape[-1],
            "That is how many channels the output has. How many dimensions its rows span is torch.linalg.matrix_rank.",
        ),
    ),
    hints=(
        "Three lines: make the MLP, give it x, measure what comes out.",
        "mlp.MLP(x.shape[-1], round(mlp_ratio * x.shape[-1])).double() takes x. "
        "torch.linalg.matrix_rank counts the dimensions.",
        "int(torch.linalg.matrix_rank(module(x))), where module is the MLP of the second hint.",
    ),
    review="lesson 05, 'The module'",
)
