"""Lesson 17, exercise 1: the best policy."""

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import distribution, size
from course_lib.checks.alignment.slots.best_answers import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def best_answers(log_ref: Tensor, rewards: Tensor, beta: float) -> Tensor:
    """Probabilities of π* ∝ π_ref · exp(r / β)."""
    return torch.softmax(log_ref + rewards / beta, dim=0)


def logarithms_shared_out(log_ref: Tensor, rewards: Tensor, beta: float) -> Tensor:
    """log π_ref · exp(r/β), made to add up to 1."""
    weights = log_ref * (rewards / beta).exp()
    return weights / weights.sum()


def cases(generator: torch.Generator) -> list[Case]:
    """Two equal answers, a high and a low price, and drawn ones."""
    K = size(generator, 4, 8)
    return [
        Case((torch.tensor([0.5, 0.5]).log(), torch.tensor([1.0, 0.0]), 1.0), label="two answers, equally likely"),
        Case((torch.tensor([0.9, 0.1]).log(), torch.tensor([0.0, 1.0]), 0.5), label="the rare answer is wanted"),
        Case((torch.tensor([0.25, 0.25, 0.5]).log(), torch.zeros(3), 0.3), label="all rewards are 0"),
        Case((distribution(generator, K), torch.randn(K, generator=generator), 0.4), label=f"{K} answers"),
        Case((distribution(generator, K), 30 * torch.randn(K, generator=generator), 0.1), label="large rewards"),
    ]


def is_a_distribution(call: Call, generator: torch.Generator) -> None:
    """All probabilities, none below 0."""
    p = call(distribution(generator, 6), torch.randn(6, generator=generator), 0.7)
    if (p < 0).any() or abs(p.sum().item() - 1) > 1e-4:
        raise Failed(f"the answers' probabilities should add up to 1; yours add up to {p.sum().item():.4g}")


EXERCISE = Exercise(
    name="best_answers",
    reference=best_answers,
    variants=VARIANTS,
    cases=cases,
    properties=(Property("probabilities add up to 1", is_a_distribution),),
    forbidden=("course_lib.alignment.best_policy",),
    misconceptions=(
        Misconception(
            "beta on the reference as well",
            lambda log_ref, rewards, beta: torch.softmax((log_ref + rewards) / beta, dim=0),
            "Only the rewards are divided by β: log π* = log π_ref + r/β, up to a constant.",
        ),
        Misconception(
            "beta left out",
            lambda log_ref, rewards, beta: torch.softmax(log_ref + rewards, dim=0),
            "The rewards are divided by β, the price of a nat.",
        ),
        Misconception(
            "logarithms taken for probabilities",
            logarithms_shared_out,
            "`log_ref` holds logarithms: π_ref is its exp.",
        ),
        Misconception(
            "a softmax of probabilities",
            lambda log_ref, rewards, beta: torch.softmax((log_ref + rewards / beta).exp(), dim=0),
            "softmax takes the exp itself. Give it log π_ref + r/β.",
        ),
        Misconception(
            "multiplied by β",
            lambda log_ref, rewards, beta: torch.softmax(log_ref + rewards * beta, dim=0),
            "A high price β must keep π* near the reference. Divide the rewards by β; you multiply.",
        ),
        Misconception(
            "without the reference",
            lambda log_ref, rewards, beta: torch.softmax(rewards / beta, dim=0),
            "π* weighs the reference: π_ref · exp(r/β). Yours forgets what the model knew before.",
        ),
        Misconception(
            "not made to add up to 1",
            lambda log_ref, rewards, beta: log_ref.exp() * (rewards / beta).exp(),
            "π_ref · exp(r/β) must still be divided by its sum Z.",
        ),
        Misconception(
            "log-probabilities returned",
            lambda log_ref, rewards, beta: torch.log_softmax(log_ref + rewards / beta, dim=0),
            "Asked for are probabilities, and these are their logarithms.",
        ),
        Misconception(
            "the rewards subtracted",
            lambda log_ref, rewards, beta: torch.softmax(log_ref - rewards / beta, dim=0),
            "What earns more must become more likely: the sign of r is wrong.",
        ),
        Misconception(
            "probabilities in place of logarithms",
            lambda log_ref, rewards, beta: torch.softmax(log_ref.exp() + rewards / beta, dim=0),
            "exp(log π_ref + r/β) needs the logarithm of π_ref; you put the probability itself there.",
        ),
        Misconception(
            "only the best answer",
            lambda log_ref, rewards, beta: torch.nn.functional.one_hot(
                (log_ref + rewards / beta).argmax(), len(rewards)
            ).to(log_ref.dtype),
            "All probability on one answer would cost more KL than it earns. π* spreads it: ∝ π_ref · exp(r/β).",
        ),
    ),
    hints=(
        "Start from log π_ref, and add something to it for each answer.",
        "log π* = log π_ref + r/β − log Z, and a softmax takes care of Z.",
        "`torch.softmax(log_ref + rewards / beta, dim=0)`",
    ),
    review="lesson 17, section 2, 'The best policy there is'",
)
