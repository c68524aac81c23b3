"""Lesson 11, exercise 5: AdamW."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def adamw_step(
    weight: Tensor,
    gradient: Tensor,
    average: Tensor,
    average_square: Tensor,
    step: int,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Algorithm 2 of Loshchilov and Hutter (2019), as torch has it."""
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient**2
    direction = average / (1 - beta1**step)
    size = (average_square / (1 - beta2**step)).sqrt() + eps
    return weight - lr * weight_decay * weight - lr * direction / size, average, average_square


def adamw_with(
    *,
    corrected: bool = True,
    offset: int = 0,
    l2: bool = False,
    root: Callable[[Tensor, float], Tensor] = lambda square, eps: square.sqrt() + eps,
    decayed: Callable[[Tensor, float, float], Tensor] = lambda weight, lr, decay: weight * (1 - lr * decay),
    swapped: bool = False,
    latest_only: bool = False,
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """AdamW with one of its parts replaced."""

    def update(
        weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        lr, beta1, beta2 = settings["lr"], settings["beta1"], settings["beta2"]
        decay, eps = settings["weight_decay"], settings["eps"]
        if swapped:
            beta1, beta2 = beta2, beta1
        if l2:
            gradient = gradient + decay * weight
        average = beta1 * average + (1 - beta1) * gradient
        average_square = beta2 * average_square + (1 - beta2) * gradient**2
        first, second = (1 - beta1 ** (step + offset), 1 - beta2 ** (step + offset)) if corrected else (1.0, 1.0)
        direction = (gradient if latest_only else average / first) / root(average_square / second, eps)
        kept = weight if l2 else decayed(weight, lr, decay)
        return kept - lr * direction, average, average_square

    return update


def decayed_after_the_step(
    weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The new weight is shrunk, not the old one."""
    settings, decay = {**settings, "weight_decay": 0.0}, settings["lr"] * settings["weight_decay"]
    new, average, average_square = adamw_step(weight, gradient, average, average_square, step, **settings)
    return new * (1 - decay), average, average_square


def adamw_cases(generator: torch.Generator) -> list[Case]:
    """A first step by hand, one with a large eps, one with decay alone, and a later step with drawn averages."""

    def numbers(*values: float) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}
    zero = numbers(0.0, 0.0)
    drawn = torch.randn(4, 5, dtype=torch.float64, generator=generator)
    return [
        Case((numbers(1.0, 1.0), numbers(0.5, -4.0), zero, zero, 1), settings, label="a first step, without decay"),
        Case(
            (numbers(1.0, 1.0), numbers(0.5, -0.1), zero, zero, 1),
            {**settings, "eps": 0.5},
            label="an eps as large as the gradient",
        ),
        Case(
            (numbers(2.0, -2.0), zero, zero, zero, 1),
            {**settings, "weight_decay": 0.5},
            label="decay alone: no gradient",
        ),
        Case(
            (drawn[0], drawn[1], drawn[2], drawn[3] ** 2, 7),
            {**settings, "weight_decay": 0.1},
            label="the seventh step",
        ),
    ]


def size_of_the_gradient_does_not_matter(call: Call, generator: torch.Generator) -> None:
    """A first step is as long for a gradient of 0.01 as for one of 100."""
    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}
    zero = torch.zeros(2, dtype=torch.float64)
    gradient = torch.tensor([0.01, 100.0], dtype=torch.float64)
    weight, _, _ = call(zero, gradient, zero, zero, 1, **settings)
    if not torch.allclose(weight, torch.full_like(weight, -0.1), atol=1e-5):
        raise Failed(
            f"the first step for gradients 0.01 and 100 should be lr = 0.1 for both, yours is {weight.tolist()}"
        )


EXERCISE = Exercise(
    name="adamw_step",
    reference=adamw_step,
    forbidden=("torch.optim.AdamW", "torch.optim.Adam", "torch.optim.adamw", "torch.optim.adam"),
    cases=adamw_cases,
    properties=(
        Property("a first step is as long for small gradients as for large ones", size_of_the_gradient_does_not_matter),
    ),
    misconceptions=(
        Misconception(
            "no bias correction",
            adamw_with(corrected=False),
            "Both averages begin at 0 and are too small at first. Divide by 1 − β^step.",
        ),
        Misconception(
            "bias correction one step late",
            adamw_with(offset=1),
            "step is 1 for the first step: divide by 1 − β^step, not by 1 − β^(step + 1).",
        ),
        Misconception(
            "decay added to the gradient",
            adamw_with(l2=True),
            "That is Adam with L2: the decay is then divided by the size of the gradient like everything else. "
            "AdamW takes lr · weight_decay · weight from the weight itself.",
        ),
        Misconception(
            "decay without the learning rate",
            adamw_with(decayed=lambda weight, lr, decay: weight * (1 - decay)),
            "The decay is part of the step, so it is multiplied by lr as well.",
        ),
        Misconception(
            "no decay",
            adamw_with(decayed=lambda weight, lr, decay: weight),
            "That is Adam. AdamW also shrinks each weight, by lr · weight_decay of itself.",
        ),
        Misconception(
            "decay after the step",
            decayed_after_the_step,
            "It is the old weight that shrinks, not the new one: weight − lr · weight_decay · weight − ….",
        ),
        Misconception(
            "eps inside the root",
            adamw_with(root=lambda square, eps: (square + eps).sqrt()),
            "eps is added to the root, not under it: there it would count as much as its root, 1e-4 for 1e-8.",
        ),
        Misconception(
            "no root",
            adamw_with(root=lambda square, eps: square + eps),
            "The average of the squares has the unit of a squared gradient. Its root is the gradient's size.",
        ),
        Misconception(
            "the two betas swapped",
            adamw_with(swapped=True),
            "beta1 belongs to the average of the gradients, beta2, the slower one, to that of their squares.",
        ),
        Misconception(
            "the latest gradient instead of the average",
            adamw_with(latest_only=True),
            "The direction is the average of the gradients, bias corrected: that is Adam's momentum.",
        ),
    ),
    hints=(
        "Four lines: two averages, the step, the result. Both averages are returned as they are, not corrected.",
        "average = beta1 * average + (1 - beta1) * gradient, and the same with squares. Correct each for the step: "
        "average / (1 - beta1**step).",
        "weight - lr * weight_decay * weight - lr * corrected / (corrected_square.sqrt() + eps)",
    ),
    review="lesson 11, 'AdamW'",
    tolerance=1e-7,
)
