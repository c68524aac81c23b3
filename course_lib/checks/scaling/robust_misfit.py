"""Lesson 15, exercise 5: Hoffmann's objective."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_noise, drawn_number, drawn_whole
from course_lib.checks.scaling.slots.robust_misfit import VARIANTS


def huber(r: Tensor, delta: float) -> Tensor:
    """½ r² within δ, and beyond it the tangent of this."""
    return torch.where(r.abs() <= delta, 0.5 * r**2, delta * (r.abs() - 0.5 * delta))


def robust_misfit(predicted: Tensor, measured: Tensor, delta: float) -> float:
    """Σ Huber(ln measured − ln predicted)."""
    return huber(measured.log() - predicted.log(), delta).sum().item()


def misfit_with(
    each: Callable[[Tensor, float], Tensor] = huber,
    residual: Callable[[Tensor, Tensor], Tensor] = lambda predicted, measured: measured.log() - predicted.log(),
    reduce: Callable[[Tensor], Tensor] = torch.sum,
) -> Callable[[Tensor, Tensor, float], float]:
    """`robust_misfit` with another loss of a residual, other residuals, or another reduction."""

    def mutant(predicted: Tensor, measured: Tensor, delta: float) -> float:
        return reduce(each(residual(predicted, measured), delta)).item()

    return mutant


def cases(generator: torch.Generator) -> list[Case]:
    """One run within δ, one beyond on either side, and drawn ones."""

    def drawn(n: int, noise: float, delta: float) -> Case:
        predicted = torch.tensor([drawn_number(generator, 0.3, 4.0) for _ in range(n)], dtype=torch.float64)
        measured = predicted * drawn_noise(generator, n, noise).exp()
        return Case((predicted, measured, delta), label=f"{n} drawn runs, δ = {delta}")

    one = torch.ones(1, dtype=torch.float64)
    return [
        Case((2 * one, 2 * math.exp(0.1) * one, 0.5), label="off by 0.1 in ln L, δ = 0.5"),
        Case((2 * one, 2 * math.exp(0.9) * one, 0.5), label="off by 0.9 in ln L, δ = 0.5"),
        Case((3 * one, 3 * math.exp(-0.8) * one, 0.5), label="off by −0.8 in ln L, δ = 0.5"),
        drawn(drawn_whole(generator, 4, 7), 0.3, 0.2),
        drawn(drawn_whole(generator, 8, 12), 0.05, 0.01),
    ]


EXERCISE = Exercise(
    name="robust_misfit",
    reference=robust_misfit,
    variants=VARIANTS,
    cases=cases,
    misconceptions=(
        Misconception(
            "no logarithm",
            misfit_with(residual=lambda predicted, measured: measured - predicted),
            "You compare the losses themselves. Compare their logarithms: each run then counts by its relative error.",
        ),
        Misconception(
            "squares all the way",
            misfit_with(lambda r, delta: 0.5 * r**2),
            "Beyond δ the loss goes on as a line. With squares one odd run bends the whole fit.",
        ),
        Misconception(
            "absolute values all the way",
            misfit_with(lambda r, delta: delta * r.abs()),
            "Within δ the loss is ½ r².",
        ),
        Misconception(
            "the mean",
            misfit_with(reduce=torch.mean),
            "Asked for is the sum over the runs, not their mean.",
        ),
        Misconception(
            "no half",
            misfit_with(lambda r, delta: 2 * huber(r, delta)),
            "The square is halved: ½ r², and beyond δ the line δ(|r| − δ/2).",
        ),
        Misconception(
            "no half within delta",
            misfit_with(lambda r, delta: torch.where(r.abs() <= delta, r**2, delta * (r.abs() - 0.5 * delta))),
            "Within δ the loss is ½ r²: the half is missing there.",
        ),
        Misconception(
            "delta not halved in the line",
            misfit_with(lambda r, delta: torch.where(r.abs() <= delta, 0.5 * r**2, delta * (r.abs() - delta))),
            "Beyond δ the loss is δ (|r| − δ/2). With δ whole the line begins at 0, below the parabola.",
        ),
        Misconception(
            "absolute values without delta",
            misfit_with(lambda r, delta: r.abs()),
            "You add up absolute values. Within δ the loss is ½ r², beyond it δ (|r| − δ/2).",
        ),
        Misconception(
            "the ratio less 1",
            misfit_with(residual=lambda predicted, measured: measured / predicted - 1),
            "You take the ratio less 1. Take its logarithm: ln measured − ln predicted.",
        ),
        Misconception(
            "a jump at delta",
            misfit_with(lambda r, delta: torch.where(r.abs() <= delta, 0.5 * r**2, delta * r.abs())),
            "Your line beyond δ does not meet the parabola: δ|r| is ½ δ² too high. Subtract δ/2 from |r|.",
        ),
        Misconception(
            "divided by delta",
            misfit_with(lambda r, delta: huber(r, delta) / delta),
            "That is torch's smooth_l1_loss, which divides by δ. Huber's loss has ½ r² within δ.",
        ),
        Misconception(
            "the line has slope 1",
            misfit_with(lambda r, delta: torch.where(r.abs() <= delta, 0.5 * r**2, r.abs() - 0.5 * delta)),
            "At δ the parabola's slope is δ, so the line goes on with δ: δ(|r| − δ/2).",
        ),
        Misconception(
            "no absolute value",
            misfit_with(lambda r, delta: torch.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))),
            "A run far below its prediction counts as one far above: compare |r| with δ.",
        ),
        Misconception(
            "no absolute value in the line",
            misfit_with(lambda r, delta: torch.where(r.abs() <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))),
            "Beyond δ the line takes |r|. With r itself a run far below its prediction counts as a gain.",
        ),
        Misconception(
            "cut off at delta",
            misfit_with(lambda r, delta: 0.5 * r.clamp(-delta, delta) ** 2),
            "Beyond δ you count all residuals as δ. A larger error still costs more, along a line.",
        ),
        Misconception(
            "relative error",
            misfit_with(residual=lambda predicted, measured: (measured - predicted) / measured),
            "You divide the difference by the loss, which is nearly ln of their ratio for small errors only. Take "
            "ln measured − ln predicted.",
        ),
        Misconception(
            "logarithm to base 10",
            misfit_with(residual=lambda predicted, measured: measured.log10() - predicted.log10()),
            "You take log₁₀. The natural logarithm is meant: .log().",
        ),
        Misconception(
            "parts swapped",
            misfit_with(lambda r, delta: torch.where(r.abs() > delta, 0.5 * r**2, delta * (r.abs() - 0.5 * delta))),
            "The two parts are swapped: the parabola is for |r| ≤ δ.",
        ),
    ),
    hints=(
        "First the residuals, r = ln measured − ln predicted. Then two formulas, one for |r| ≤ δ.",
        "Within δ it is ½ r², beyond it δ(|r| − δ/2). torch.where takes one or the other.",
        "torch.where(r.abs() <= delta, 0.5 * r**2, delta * (r.abs() - 0.5 * delta)).sum().item()",
    ),
    review="lesson 15, 'Fitting with the floor known, and with it free'",
)
