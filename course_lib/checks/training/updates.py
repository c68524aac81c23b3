"""AdamW's step, and what becomes of it with the mistakes that are made in it."""

from collections.abc import Callable

import torch
from torch import Tensor


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
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """AdamW with one of its parts replaced.

    corrects: which of the two averages are corrected.   mixed: how an average takes in a new number.
    """

    def update(
        weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        lr, beta1, beta2 = settings["lr"], settings["beta1"], settings["beta2"]
        decay, eps = settings["weight_decay"], settings["eps"]
        if swapped:
            beta1, beta2 = beta2, beta1
        if l2:
            gradient = gradient + decay * weight
        average = mixed(average, gradient, beta1)
        average_square = mixed(average_square, squared(gradient), beta2)
        first, second = (
            1 - beta ** (step + offset if power else 1) if corrected and this_one else 1.0
            for beta, this_one in zip((beta1, beta2), corrects, strict=True)
        )
        direction = (gradient if latest_only else average / first) / root(average_square / second, eps)
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
