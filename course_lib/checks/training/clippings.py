"""Gradients made shorter, and what becomes of them with the mistakes that are made in it."""

import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn


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


def left_as_they_were(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """The second loop over a generator finds nothing, or what it computes goes nowhere."""
    return whole_norm(p.grad for p in parameters if p.grad is not None)


def without_asking_for_none(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """A parameter that took no part has None for a gradient, and None has no length."""
    listed = list(parameters)
    squares: list[float] = [p.grad.square().sum().item() for p in listed]  # type: ignore[union-attr]
    norm = math.sqrt(sum(squares))
    return clip_gradients(iter(listed), max_norm) if norm else norm


def clipped_with(
    length: Callable[[list[Tensor]], float],
    factor: Callable[[float, float], float] = lambda norm, max_norm: max_norm / norm,
    returned: Callable[[float, float], float] = lambda norm, max_norm: norm,
) -> Callable[[Iterator[nn.Parameter], float], float]:
    """Clipping with another length, or another factor for gradients that are longer than max_norm."""

    def mutant(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
        gradients = [p.grad for p in parameters if p.grad is not None]
        norm = length(gradients)
        for g in gradients:
            g.mul_(factor(norm, max_norm) if norm > max_norm else 1.0)
        return returned(norm, max_norm)

    return mutant


def short_ones_scaled(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """The comparison is the wrong way round."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.mul_(max_norm / norm if norm < max_norm else 1.0)
    return norm
