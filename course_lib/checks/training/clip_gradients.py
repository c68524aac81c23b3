"""Lesson 11, exercise 2: clipping."""

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception


def clip_gradients(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Scale all gradients by one factor so that together they are no longer than max_norm; return the length before."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack([g.norm() for g in gradients])).item()
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm


def whole_norm(gradients: Iterable[Tensor]) -> float:
    """The length of all gradients, seen as one vector."""
    return math.sqrt(sum(g.square().sum().item() for g in gradients))


def clipped_one_by_one(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Each parameter's gradient has a limit of its own."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.mul_(min(1.0, max_norm / g.norm().item()))
    return norm


def clipped_by_value(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Each number is cut off at max_norm."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.clamp_(-max_norm, max_norm)
    return norm


def always_scaled(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Short gradients are made longer."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.mul_(max_norm / norm)
    return norm


def norm_after(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """The length is measured when it has been cut already."""
    return min(clip_gradients(parameters, max_norm), max_norm)


def norms_added(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Lengths are added as if they were numbers."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = sum(g.norm().item() for g in gradients)
    for g in gradients:
        g.mul_(min(1.0, max_norm / norm))
    return norm


def gone_through_twice(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """The second loop over a generator finds nothing."""
    return whole_norm(p.grad for p in parameters if p.grad is not None)


def without_asking_for_none(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """A parameter that took no part has None for a gradient, and None has no length."""
    listed = list(parameters)
    squares: list[float] = [p.grad.square().sum().item() for p in listed]  # type: ignore[union-attr]
    norm = math.sqrt(sum(squares))
    return clip_gradients(iter(listed), max_norm) if norm else norm


def clipping_cases(generator: torch.Generator) -> list[Case]:
    """A gradient of length 5 to do by hand, one that is short enough, one that is missing, and drawn ones."""
    by_hand = [torch.tensor([[3.0]]), torch.tensor([0.0, 4.0])]
    drawn = [torch.randn(4, 3, generator=generator), torch.randn(3, generator=generator)]
    return [
        Case((by_hand, 1.0), label="gradients (3) and (0, 4), of length 5 together"),
        Case((by_hand, 10.0), label="a limit above the length"),
        Case(([by_hand[0], None, by_hand[1]], 2.5), label="a parameter without a gradient"),
        Case((drawn, 0.5), label="a matrix and a bias"),
    ]


EXERCISE = Exercise(
    name="clip_gradients",
    reference=clip_gradients,
    forbidden=("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_norm", "torch.nn.utils.get_total_norm"),
    cases=clipping_cases,
    drive=drive.clip,
    misconceptions=(
        Misconception(
            "each parameter by itself",
            clipped_one_by_one,
            "Scaled by different factors the gradient points elsewhere. Take one length over all parameters, and "
            "one factor for all.",
        ),
        Misconception(
            "each number by itself",
            clipped_by_value,
            "clamp cuts the large numbers only, which turns the gradient. Multiply all by the same factor.",
        ),
        Misconception(
            "short gradients made longer",
            always_scaled,
            "A gradient that is shorter than max_norm stays as it is: the factor is never above 1.",
        ),
        Misconception(
            "the length after clipping returned",
            norm_after,
            "What you want to see in a plot is how long the gradient was: return the length from before.",
        ),
        Misconception(
            "lengths added",
            norms_added,
            "Lengths of parts at right angles do not add up: 3 and 4 make 5. Add the squares, then take the root.",
        ),
        Misconception(
            "the parameters gone through twice",
            gone_through_twice,
            "model.parameters() is a generator: after one loop it is used up, and the second loop runs zero times. "
            "Make a list of it first.",
        ),
        Misconception(
            "a gradient of None",
            without_asking_for_none,
            "A parameter that took no part in the loss has None for its gradient. Pass it over.",
        ),
    ),
    hints=(
        "Two steps: the length of everything, then one factor for everything.",
        "Make a list of the gradients that are not None. The length is the root of the sum of all squares.",
        "norm = math.sqrt(sum(g.square().sum().item() for g in gradients)); if norm > max_norm: g.mul_(max_norm / "
        "norm) for each g.",
    ),
    review="lesson 11, 'Clipping'",
)
