"""Lesson 15, exercise 4: the line in log space."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_noise, drawn_number, drawn_whole
from course_lib.checks.scaling.slots.fit_power_law import VARIANTS


def line(x: Tensor, y: Tensor) -> tuple[float, float]:
    """Slope and intercept of least squares."""
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope.item(), (y.mean() - slope * x.mean()).item()


def fit_power_law(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """A and α of loss = floor + A/N^α, by the line through ln(loss − floor) against ln N."""
    slope, intercept = line(N.log(), (loss - floor).log())
    return math.exp(intercept), -slope


def fit_with(
    x: Callable[[Tensor], Tensor] = torch.log, y: Callable[[Tensor, float], Tensor] = lambda L, E: (L - E).log()
) -> Callable[[Tensor, Tensor, float], tuple[float, float]]:
    """`fit_power_law` with other axes; the intercept still goes through exp."""

    def mutant(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
        slope, intercept = line(x(N), y(loss, floor))
        return math.exp(intercept), -slope

    return mutant


def axes_swapped(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """ln N as a function of the loss."""
    slope, intercept = line((loss - floor).log(), N.log())
    return math.exp(intercept), -slope


def in_linear_space(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """A straight line through the losses themselves."""
    slope, intercept = line(N, loss - floor)
    return intercept, -slope


def wrong_way_round(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """ln N as a function of ln(L − E)."""
    slope, intercept = line((loss - floor).log(), N.log())
    return math.exp(-intercept / slope), -1 / slope


def through_the_ends(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """The first and the last run only."""
    x, y = N.log(), (loss - floor).log()
    slope = ((y[-1] - y[0]) / (x[-1] - x[0])).item()
    return math.exp(y[0].item() - slope * x[0].item()), -slope


def through_the_origin(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """Without an intercept, so that A is 1."""
    x, y = N.log(), (loss - floor).log()
    return 1.0, -((x * y).sum() / (x * x).sum()).item()


def mixed_logarithms(N: Tensor, loss: Tensor, floor: float) -> tuple[float, float]:
    """log₁₀ on the axes, and e to the power of the intercept."""
    slope, intercept = line(N.log10(), (loss - floor).log10())
    return math.exp(intercept), -slope


def cases(generator: torch.Generator) -> list[Case]:
    """Exact ones to read off, a floor of 0, and drawn ones with errors."""

    def drawn(n: int, noise: float) -> Case:
        E, A, alpha = (drawn_number(generator, *span) for span in ((0.2, 0.6), (5.0, 40.0), (0.25, 0.5)))
        N = 10.0 ** torch.linspace(4, 6.5, n, dtype=torch.float64)
        loss = E + A / N**alpha * drawn_noise(generator, n, noise).exp()
        return Case((N, loss, E), label=f"{n} drawn runs with errors")

    N = torch.tensor([1e2, 1e4, 1e6], dtype=torch.float64)
    return [
        Case((N, 0.5 + 10 / N**0.5, 0.5), label="loss = 0.5 + 10/√N exactly"),
        Case((N, 3 / N**0.25, 0.0), label="loss = 3/N^¼ exactly, floor 0"),
        drawn(drawn_whole(generator, 5, 8), 0.05),
        drawn(drawn_whole(generator, 9, 12), 0.15),
    ]


EXERCISE = Exercise(
    name="fit_power_law",
    reference=fit_power_law,
    variants=VARIANTS,
    cases=cases,
    tolerance=1e-4,
    forbidden=("course_lib.scaling.fit_law",),
    misconceptions=(
        Misconception(
            "ln N against the loss",
            axes_swapped,
            "You fit ln N as a function of ln(loss − floor). It is the loss that depends on N: x is ln N.",
        ),
        Misconception(
            "floor left in",
            fit_with(y=lambda L, E: L.log()),
            "ln L bends towards ln E and is not a line. Subtract the floor first: ln(L − E).",
        ),
        Misconception(
            "in linear space",
            in_linear_space,
            "A power law is a line only in ln(L − E) against ln N. In linear space the smallest models decide alone.",
        ),
        Misconception(
            "only the loss in logarithms",
            fit_with(x=lambda N: N),
            "ln(L − E) against N is a line for an exponential law. A power law needs ln N as well.",
        ),
        Misconception(
            "only N in logarithms",
            fit_with(y=lambda L, E: L - E),
            "You fit L − E against ln N. A power law is a line in ln(L − E) against ln N.",
        ),
        Misconception(
            "sign of alpha",
            lambda N, loss, floor: (fit_power_law(N, loss, floor)[0], -fit_power_law(N, loss, floor)[1]),
            "The slope is negative, since larger models lose less. α is its opposite: A/N^α.",
        ),
        Misconception(
            "ln A for A",
            lambda N, loss, floor: (math.log(fit_power_law(N, loss, floor)[0]), fit_power_law(N, loss, floor)[1]),
            "The intercept is ln A. A itself is exp of it.",
        ),
        Misconception(
            "logarithms mixed",
            mixed_logarithms,
            "The axes are in log₁₀, so A is 10 to the power of the intercept, not e.",
        ),
        Misconception(
            "wrong way round",
            wrong_way_round,
            "You fit ln N as a function of the loss. The errors are in the loss, so it stands on the upright axis.",
        ),
        Misconception(
            "through the ends",
            through_the_ends,
            "Your line goes through the first and the last run. Least squares uses all of them.",
        ),
        Misconception(
            "through the origin",
            through_the_origin,
            "Your line has no intercept, which says A = 1. Fit slope and intercept.",
        ),
        Misconception(
            "alpha before A",
            lambda N, loss, floor: fit_power_law(N, loss, floor)[::-1],
            "Return A first, then α.",
        ),
        Misconception(
            "floor added",
            fit_with(y=lambda L, E: (L + E).log()),
            "You add the floor. What the model is too small for is the loss less the floor.",
        ),
        Misconception(
            "A from the first run",
            lambda N, loss, floor: (
                ((loss[0] - floor) * N[0] ** fit_power_law(N, loss, floor)[1]).item(),
                fit_power_law(N, loss, floor)[1],
            ),
            "Your A makes the law go through the first run. Take the intercept of the line through all.",
        ),
    ),
    hints=(
        "L − E = A/N^α. Take the logarithm of both sides: what is a line now, against what?",
        "slope and intercept of ln(L − E) against ln N; α = −slope, A = e^intercept.",
        "slope, intercept = np.polyfit(N.log(), (loss - floor).log(), 1); return math.exp(intercept), -slope",
    ),
    review="lesson 15, 'A line in log space'",
)
