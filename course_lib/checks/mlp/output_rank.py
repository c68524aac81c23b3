"""Exercise 6 of lesson 05: how many dimensions the output has."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import mlp
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.config import GPTConfig


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
    """A narrow, an equal and a wide hidden layer; then inputs that span few dimensions; few inputs; another width."""
    x = torch.randn(200, 20, generator=generator, dtype=torch.float64)
    flat = x[:, :2] @ torch.randn(2, 20, generator=generator, dtype=torch.float64)
    return [
        Case((0.25, x), label="5 hidden units"),
        Case((1.0, x), label="as many hidden units as channels"),
        Case((4.0, x), label="80 hidden units"),
        Case((1.5, flat), label="30 hidden units, inputs in a plane"),
        Case((4.0, x[:5]), label="80 hidden units, 5 positions"),
        Case((0.5, x[:, :12].contiguous()), label="C = 12, 6 hidden units"),
    ]


EXERCISE = Exercise(
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
            "the notebook's width for every input",
            lambda mlp_ratio, x: rank(fresh_mlp(mlp_ratio, 20)(x)),
            "Your MLP takes 20 channels whatever x has. Its width is that of x: n_embd=x.shape[-1].",
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
)
