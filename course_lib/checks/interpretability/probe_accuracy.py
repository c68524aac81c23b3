"""Lesson 20, exercise 7: the probe that knew everything."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.inputs import drawn, drawn_size
from course_lib.checks.interpretability.slots.probe_accuracy import VARIANTS

Fit = Callable[[Tensor, Tensor], Tensor]


def probe_accuracy(x: Tensor, labels: Tensor, n: int) -> float:
    """The accuracy on all but the first n vectors of a least-squares probe that was fitted to the first n."""
    return probe_with()(x, labels, n)


def with_one(x: Tensor) -> Tensor:
    """A column of ones beside the vectors, whose weight is the bias."""
    return torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)


def probe_with(
    fitted: Callable[[Tensor, int], Tensor] = lambda rows, n: rows[:n],
    tested: Callable[[Tensor, int], Tensor] = lambda rows, n: rows[n:],
    columns: Callable[[Tensor], Tensor] = with_one,
    predict: Callable[[Tensor], Tensor] = lambda logits: logits.argmax(dim=-1),
    score: Callable[[Tensor], float] = lambda right: right.double().mean().item(),
) -> Callable[[Tensor, Tensor, int], float]:
    """`probe_accuracy` fitted to other rows, tested on others, with other columns, predictions or counting."""

    def mutant(x: Tensor, labels: Tensor, n: int) -> float:
        columned = columns(x)
        targets = F.one_hot(labels).to(x.dtype)
        weight = torch.linalg.lstsq(fitted(columned, n), fitted(targets, n)).solution
        return score(predict(tested(columned, n) @ weight) == tested(labels, n))

    return mutant


def everything(rows: Tensor, n: int) -> Tensor:
    """All rows."""
    return rows


def first(rows: Tensor, n: int) -> Tensor:
    """Those before n."""
    return rows[:n]


def rest(rows: Tensor, n: int) -> Tensor:
    """Those from n on."""
    return rows[n:]


def to_numbers(x: Tensor, labels: Tensor, n: int) -> float:
    """Regression to the labels' numbers, rounded."""
    columned = with_one(x)
    weight = torch.linalg.lstsq(columned[:n], labels[:n, None].to(x.dtype)).solution
    return ((columned[n:] @ weight)[:, 0].round() == labels[n:]).double().mean().item()


def probe_cases(generator: torch.Generator) -> list[Case]:
    """Labels that a line tells apart, with noise; labels that mean nothing; as few held out as not, and more."""

    def case(n: int, held: int, C: int, classes: int, signal: float, label: str) -> Case:
        labels = torch.randint(classes, (n + held,), generator=generator)
        labels[:classes] = torch.arange(classes)  # every class is among the first
        labels[-1] = classes - 1
        x = drawn(generator, n + held, C) + 1.5
        x[:, :classes] += signal * F.one_hot(labels)
        return Case((x, labels, n), label=f"{label}: {n} to fit, {held} held out, C = {C}, {classes} classes")

    return [
        case(20, 41, 4, 3, 1.5, "labels that can be read"),
        case(31, 57, 16, 2, 0.0, "labels that mean nothing"),
        case(drawn_size(generator, 33, 44), 83, 9, 4, 1.0, "labels that can be read in part"),
        case(drawn_size(generator, 45, 60), 67, 20, 3, 0.5, "many numbers for each vector"),
    ]


EXERCISE = Exercise(
    name="probe_accuracy",
    reference=probe_accuracy,
    variants=VARIANTS,
    cases=probe_cases,
    forbidden=("course_lib.interpretability.fit_probe", "course_lib.interpretability.accuracy"),
    misconceptions=(
        Misconception(
            "one vector left out",
            probe_with(tested=lambda rows, n: rows[n + 1 :]),
            "The first held-out vector is number `n`: rows[n:]. You leave it out.",
        ),
        Misconception(
            "both mistakes still there",
            probe_with(fitted=everything, tested=everything),
            "The probe is fitted to all vectors and tested on them. Fit it to the first n, and test it on the others.",
        ),
        Misconception(
            "fitted to all",
            probe_with(fitted=everything),
            "The probe has seen the vectors that it is tested on. Fit it to the first n only.",
        ),
        Misconception(
            "tested on all",
            probe_with(tested=everything),
            "The vectors it was fitted to are among those that it is tested on. Test it on x[n:] only.",
        ),
        Misconception(
            "tested on what it was fitted to",
            probe_with(tested=first),
            "You test on the first n, which the probe has learned. Test it on x[n:].",
        ),
        Misconception(
            "the two parts swapped",
            probe_with(fitted=rest, tested=first),
            "You fit to the vectors that are held out, and test on the first n. It is the other way round.",
        ),
        Misconception(
            "only the held-out ones used",
            probe_with(fitted=rest),
            "You fit the probe to the held-out vectors and test it on them. Fit it to x[:n].",
        ),
        Misconception(
            "no bias",
            probe_with(columns=lambda x: x),
            "The column of ones is missing, so that the probe has no bias: all its planes go through zero.",
        ),
        Misconception(
            "regression to the labels' numbers",
            to_numbers,
            "Labels are names, not sizes: class 1 is not between 0 and 2. Fit one column for each class (one-hot).",
        ),
        Misconception(
            "the share that is wrong",
            probe_with(score=lambda right: 1 - right.double().mean().item()),
            "You return the share that is wrong. Accuracy is the share that is right.",
        ),
        Misconception(
            "percent",
            probe_with(score=lambda right: 100 * right.double().mean().item()),
            "Return a share between 0 and 1, not percent.",
        ),
        Misconception(
            "how many are right",
            probe_with(score=lambda right: float(right.sum())),
            "You count the right ones. Divide by how many were tested.",
        ),
        Misconception(
            "divided by all vectors",
            lambda x, labels, n: probe_accuracy(x, labels, n) * (len(x) - n) / len(x),
            "You divide by all vectors. Divide by those that were tested, len(x) − n.",
        ),
        Misconception(
            "the least likely class",
            probe_with(predict=lambda logits: logits.argmin(dim=-1)),
            "You take the class with the smallest number. The prediction is the largest: argmax.",
        ),
    ),
    hints=(
        "Give the broken function labels that mean nothing. What should a probe reach there, and what does it say?",
        "Two lines name the vectors: the one that fits, and the one that tests. They must share none.",
        "Fit with x[:n] and labels[:n]; test with x[n:] and labels[n:].",
    ),
    review="lesson 20, 'A probe and its control'",
)
