"""Lesson 11, exercise 3: AdamW."""

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.training.slots.adamw_step import VARIANTS
from course_lib.checks.training.updates import OF_AVERAGES, adamw_step, adamw_with, decayed_after_the_step


def adamw_cases(generator: torch.Generator) -> list[Case]:
    """A first step by hand, one with a large eps, one with decay alone, and a later step with drawn averages."""

    def numbers(*values: float) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}

    def zeros() -> Tensor:
        return numbers(0.0, 0.0)  # each its own: whoever writes into one would change the other

    drawn, more = torch.randn(2, 4, 5, dtype=torch.float64, generator=generator)
    step = int(torch.randint(2, 40, (1,), generator=generator))
    lr, decay = (0.01 + 0.2 * torch.rand(2, generator=generator)).tolist()
    return [
        Case(
            (numbers(1.0, 1.0), numbers(0.5, -4.0), zeros(), zeros(), 1), settings, label="a first step, without decay"
        ),
        Case(
            (numbers(1.0, 1.0), numbers(0.5, -0.1), zeros(), zeros(), 1),
            {**settings, "eps": 0.5},
            label="an eps as large as the gradient",
        ),
        Case(
            (numbers(2.0, -2.0), zeros(), zeros(), zeros(), 1),
            {**settings, "weight_decay": 0.5},
            label="decay alone: no gradient",
        ),
        Case(
            (drawn[0], drawn[1], drawn[2], drawn[3] ** 2, 7),
            {**settings, "weight_decay": 0.1},
            label="the seventh step",
        ),
        Case(
            (more[0], more[1], more[2], more[3] ** 2, step),
            {"lr": lr, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": decay},
            label=f"step {step}, other settings",
        ),
    ]


def size_of_the_gradient_does_not_matter(call: Call, generator: torch.Generator) -> None:
    """A first step is as long for a gradient of 0.01 as for one of 100."""
    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}
    zeros = torch.zeros(3, 2, dtype=torch.float64)
    gradient = torch.tensor([0.01, 100.0], dtype=torch.float64)
    start, average, average_square = (row.clone() for row in zeros)
    weight, _, _ = call(start, gradient, average, average_square, 1, **settings)
    if not torch.allclose(weight, torch.full_like(weight, -0.1), atol=1e-5):
        raise Failed(
            f"the first step for gradients 0.01 and 100 should be lr = 0.1 for both, yours is {weight.tolist()}"
        )


EXERCISE = Exercise(
    name="adamw_step",
    reference=adamw_step,
    variants=VARIANTS,
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
        Misconception(
            "corrected averages returned",
            adamw_with(returns_corrected=True),
            "The averages that you return are corrected already, and would be corrected again at the next step. "
            "Return them as "
            "they are; the correction is for this step only.",
        ),
        Misconception(
            "gradient not squared",
            adamw_with(squared=lambda gradient: gradient),
            "v is the average of the squares: (1 − β2) · gradient². Without the square a negative gradient has no "
            "root.",
        ),
        Misconception(
            "new gradients not weighted",
            adamw_with(mixed=lambda old, new, beta: beta * old + new),
            "Both averages take in the new number with weight 1 − β: β · old + (1 − β) · new.",
        ),
        Misconception(
            "old and new weighted the wrong way round",
            adamw_with(mixed=lambda old, new, beta: (1 - beta) * old + beta * new),
            "β is the weight of the old average, 1 − β that of the new gradient. Yours forgets nearly everything at "
            "each step.",
        ),
        Misconception(
            "only the first average corrected",
            adamw_with(corrects=(True, False)),
            "v begins at 0 as well: divide it by 1 − β2^step.",
        ),
        Misconception(
            "only the second average corrected",
            adamw_with(corrects=(False, True)),
            "m begins at 0 as well: divide it by 1 − β1^step.",
        ),
        Misconception("uphill", adamw_with(sign=-1.0), "The step goes against the gradient: subtract it."),
        Misconception(
            "decay added",
            adamw_with(decayed=lambda weight, lr, decay: weight * (1 + lr * decay)),
            "Decay pulls a weight towards 0: subtract lr · weight_decay · weight. Yours makes it grow.",
        ),
        Misconception(
            "eps left out",
            adamw_with(root=lambda square, eps: square.sqrt()),
            "eps is missing: it is added to the root, so that a size of 0 divides nothing by 0.",
        ),
        Misconception(
            "corrected by 1 − β, whatever the step",
            adamw_with(power=False),
            "You divide by 1 − β at every step. The averages begin at 0 and fill up: divide by 1 − β^step.",
        ),
        Misconception(
            "weight times decay",
            adamw_with(decayed=lambda weight, lr, decay: weight * decay),
            "You replace the weight by weight_decay · weight. It shrinks a little: weight − lr · weight_decay · "
            "weight.",
        ),
        *OF_AVERAGES,
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
