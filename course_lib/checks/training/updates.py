"""AdamW's step, and what becomes of it with the mistakes that are made in it."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Misconception


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
    corrects: tuple[bool, bool] = (True, True),
    mixed: Callable[[Tensor, Tensor, float], Tensor] = lambda old, new, beta: beta * old + (1 - beta) * new,
    squared: Callable[[Tensor], Tensor] = torch.square,
    returns_corrected: bool = False,
    sign: float = 1.0,
    power: bool = True,
    of_both: Callable[[Tensor, float, float], Tensor] | None = None,
    old_direction: bool = False,
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """AdamW with one of its parts replaced.

    corrects: which of the two averages are corrected.   mixed: how an average takes in a new number.
    of_both: what divides, of v, its correction and eps.   old_direction: m of the step before.
    """

    def root_of(average_square: Tensor, correction: float, eps: float) -> Tensor:
        return root(average_square / correction, eps)

    def update(
        weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        lr, beta1, beta2 = settings["lr"], settings["beta1"], settings["beta2"]
        decay, eps = settings["weight_decay"], settings["eps"]
        if swapped:
            beta1, beta2 = beta2, beta1
        if l2:
            gradient = gradient + decay * weight
        old, average = average, mixed(average, gradient, beta1)
        average_square = mixed(average_square, squared(gradient), beta2)
        first, second = (
            1 - beta ** (step + offset if power else 1) if corrected and this_one else 1.0
            for beta, this_one in zip((beta1, beta2), corrects, strict=True)
        )
        leading = gradient if latest_only else old if old_direction else average
        direction = leading / first / (of_both or root_of)(average_square, second, eps)
        kept = weight if l2 else decayed(weight, lr, decay)
        new = kept - sign * lr * direction
        return (new, average / first, average_square / second) if returns_corrected else (new, average, average_square)

    return update


def decayed_after_the_step(
    weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The new weight is shrunk, not the old one."""
    settings, decay = {**settings, "weight_decay": 0.0}, settings["lr"] * settings["weight_decay"]
    new, average, average_square = adamw_step(weight, gradient, average, average_square, step, **settings)
    return new * (1 - decay), average, average_square


def decay_of_the_gradient(
    weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Decay takes a share of the gradient in place of the weight."""
    settings, decay = {**settings, "weight_decay": 0.0}, settings["lr"] * settings["weight_decay"]
    new, average, average_square = adamw_step(weight, gradient, average, average_square, step, **settings)
    return new - decay * gradient, average, average_square


def first_mixed_wrongly(
    weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
) -> tuple[Tensor, Tensor, Tensor]:
    """m takes in the gradient with β1, and keeps 1 − β1 of the old average; v is right."""
    new_average = (1 - settings["beta1"]) * average + settings["beta1"] * gradient
    kept = (new_average - (1 - settings["beta1"]) * gradient) / settings["beta1"]
    new, _, new_square = adamw_step(weight, gradient, kept, average_square, step, **settings)
    return new, new_average, new_square


def multiplied_correction(
    weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
) -> tuple[Tensor, Tensor, Tensor]:
    """m is multiplied by its correction, which makes it smaller still."""
    rate = {**settings, "lr": settings["lr"] * (1 - settings["beta1"] ** step) ** 2, "weight_decay": 0.0}
    new, new_average, new_square = adamw_step(weight, gradient, average, average_square, step, **rate)
    return new - settings["lr"] * settings["weight_decay"] * weight, new_average, new_square


OF_AVERAGES = (  # what is done to m and v, and with them
    Misconception(
        "sizes for squares",
        adamw_with(squared=torch.abs),
        "v is the average of the squares: (1 − β2) · gradient². You average the sizes, |gradient|, and then take a "
        "root of them.",
    ),
    Misconception(
        "decay of the gradient",
        decay_of_the_gradient,
        "What decays is the weight: lr · weight_decay · weight. You take the gradient in its place.",
    ),
    Misconception(
        "m weighted the wrong way round",
        first_mixed_wrongly,
        "v is right. In m, β1 is the weight of the old average and 1 − β1 that of the new gradient; you have them "
        "exchanged.",
    ),
    Misconception(
        "the correction multiplied",
        multiplied_correction,
        "Both averages are too small at first: m is divided by 1 − β1^step, not multiplied.",
    ),
    Misconception(
        "the average of the step before",
        adamw_with(old_direction=True),
        "The step goes along the new average, in which this gradient is. You take the one that was given.",
    ),
    Misconception(
        "eps corrected as well",
        adamw_with(of_both=lambda v, c, eps: (v.sqrt() + eps) / c**0.5),
        "eps is added last: √(v / (1 − β2^step)) + eps. You divide it by the correction as well.",
    ),
    Misconception(
        "the correction outside the root",
        adamw_with(of_both=lambda v, c, eps: v.sqrt() / c + eps),
        "v is corrected before the root is taken: √(v / (1 − β2^step)).",
    ),
    Misconception(
        "the correction outside the root, with eps",
        adamw_with(of_both=lambda v, c, eps: (v.sqrt() + eps) / c),
        "v is corrected before the root is taken, and eps is added last: √(v / (1 − β2^step)) + eps.",
    ),
)
