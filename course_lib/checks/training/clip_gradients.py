"""Lesson 11, exercise 7: clipping."""

import math

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.clippings import (
    always_scaled,
    clip_gradients,
    clipped_by_value,
    clipped_one_by_one,
    clipped_with,
    left_as_they_were,
    norm_after,
    norms_added,
    short_ones_scaled,
    whole_norm,
    without_asking_for_none,
)
from course_lib.checks.training.slots.clip_gradients import VARIANTS


def clipping_cases(generator: torch.Generator) -> list[Case]:
    """A gradient of length 5 to do by hand, one that is short enough, one that is missing, and drawn ones."""
    by_hand = [torch.tensor([[3.0]]), torch.tensor([0.0, 4.0])]
    drawn = [torch.randn(4, 3, generator=generator), torch.randn(3, generator=generator)]
    sizes = torch.randint(2, 6, (int(torch.randint(3, 6, (1,), generator=generator)), 2), generator=generator)
    many = [torch.randn(*size, generator=generator) for size in sizes.tolist()]
    limit = 0.1 + torch.rand((), generator=generator).item()
    return [
        Case((by_hand, 1.0), label="gradients (3) and (0, 4), of length 5 together"),
        Case((by_hand, 10.0), label="a limit above the length"),
        Case((by_hand, 4.0), label="a limit a little below the length"),
        Case(([by_hand[0], None, by_hand[1]], 2.5), label="a parameter without a gradient"),
        Case((drawn, 0.5), label="a matrix and a bias"),
        Case(([None, *many, None], limit), label=f"{len(many)} drawn gradients, and two that are missing"),
    ]


EXERCISE = Exercise(
    name="clip_gradients",
    reference=clip_gradients,
    variants=VARIANTS,
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
            "the gradients left as they were",
            left_as_they_were,
            "The length is right, but no gradient is shorter than before. One of three things: the second loop over "
            "`parameters` ran zero times (a generator is used up after one: make a list of it first), or the shortened "
            "gradient went into a new tensor, as in g = g * factor (change it in place, g.mul_(factor)), or something "
            "else than .grad was scaled.",
        ),
        Misconception(
            "a gradient of None",
            without_asking_for_none,
            "A parameter that took no part in the loss has None for its gradient. Pass it over.",
        ),
        Misconception(
            "the root forgotten",
            clipped_with(lambda gradients: sum(g.square().sum().item() for g in gradients)),
            "That is the sum of all squares. The length is its root: 9 + 16 is 25, and the length 5.",
        ),
        Misconception(
            "the largest number taken for the length",
            clipped_with(lambda gradients: max(g.abs().max().item() for g in gradients)),
            "You measure the largest number. The length is the root of the sum of all squares.",
        ),
        Misconception(
            "numbers added",
            clipped_with(lambda gradients: sum(g.abs().sum().item() for g in gradients)),
            "You add up the sizes of all numbers. The length is the root of the sum of their squares.",
        ),
        Misconception(
            "the mean of the lengths",
            clipped_with(lambda gradients: sum(g.norm().item() for g in gradients) / len(gradients)),
            "You take the mean of the parameters' lengths. All gradients are one long vector: add the squares, then "
            "the root.",
        ),
        Misconception(
            "shortened to length 1",
            clipped_with(whole_norm, factor=lambda norm, max_norm: 1 / norm),
            "A gradient that is too long gets the length 1. It should get the length max_norm: the factor is max_norm "
            "/ norm.",
        ),
        Misconception(
            "factor upside down",
            clipped_with(whole_norm, factor=lambda norm, max_norm: norm / max_norm),
            "A gradient that is too long is made longer still: the factor is max_norm / norm.",
        ),
        Misconception(
            "the short ones scaled",
            short_ones_scaled,
            "It is the gradients longer than max_norm that are shortened; you scale those that are shorter.",
        ),
        Misconception(
            "the length of the first parameter",
            clipped_with(lambda gradients: gradients[0].norm().item()),
            "You measure the first parameter's gradient only. All gradients are one long vector.",
        ),
        Misconception(
            "the factor returned",
            clipped_with(whole_norm, returned=lambda norm, max_norm: min(1.0, max_norm / norm)),
            "You return the factor. Asked for is how long the gradient was before.",
        ),
        Misconception(
            "the root of the sum of sizes",
            clipped_with(lambda gradients: math.sqrt(sum(g.abs().sum().item() for g in gradients))),
            "Under the root stand squares: 3 and 4 give √(9 + 16) = 5. You add up sizes there.",
        ),
        Misconception(
            "the mean of the squares",
            clipped_with(lambda gradients: math.sqrt(sum(g.square().mean().item() for g in gradients))),
            "You take the mean of the squares of each gradient. The length is the root of their sum.",
        ),
        Misconception(
            "the mean of all squares",
            clipped_with(lambda gradients: torch.cat([g.flatten() for g in gradients]).square().mean().sqrt().item()),
            "You take the root mean square of all numbers. The length is the root of the sum of squares, without a "
            "division.",
        ),
        Misconception(
            "a square",
            clipped_with(whole_norm, returned=lambda norm, max_norm: norm**2),
            "The gradients are right. But you return the square of their length: take the root.",
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
