"""Lesson 18, exercise 4: the loss that keeps experts equally busy."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.modern.inputs import drawn_logits, drawn_size
from course_lib.checks.modern.slots.balance_loss import VARIANTS


def shares_and_means(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The share of assignments of each expert, and its mean probability; both (E,)."""
    probabilities = torch.softmax(logits, dim=-1)
    counted = F.one_hot(probabilities.topk(k, dim=-1).indices, logits.shape[-1]).float()  # (N, k, E)
    return counted.mean(dim=(0, 1)), probabilities.mean(dim=0)


def balance_loss(logits: Tensor, k: int) -> Tensor:
    """E · Σ f P."""
    f, P = shares_and_means(logits, k)
    return len(P) * (f * P).sum()


def with_parts(by: Callable[[Tensor, Tensor, int, int], Tensor]) -> Callable[..., Tensor]:
    """Another formula of f, P, E and k."""
    return lambda logits, k: by(*shares_and_means(logits, k), logits.shape[-1], k)


def balance_cases(generator: torch.Generator) -> list[Case]:
    """Two tokens to do by hand: both to one expert, one to each; two choices a token; drawn ones."""
    N, E, k = drawn_size(generator, 5, 9), drawn_size(generator, 4, 8), drawn_size(generator, 2, 4)
    return [
        Case((torch.tensor([[3.0, 1.0], [3.0, 1.0]]).log(), 1), label="two tokens, both to expert 0: 3/4 and 1/4"),
        Case((torch.tensor([[3.0, 1.0], [1.0, 3.0]]).log(), 1), label="one token to each of two experts"),
        Case((torch.tensor([[5.0, 2.0, 1.0], [1.0, 6.0, 3.0]]).log(), 2), label="two tokens, two of three experts"),
        Case((drawn_logits(generator, 9, 5), 1), label="9 tokens, 5 experts, one each"),
        Case((drawn_logits(generator, N, E), k), label=f"{N} tokens, {E} experts, {k} each"),
    ]


EXERCISE = Exercise(
    name="balance_loss",
    reference=balance_loss,
    variants=VARIANTS,
    cases=balance_cases,
    forbidden=("course_lib.modern.balance_loss", "course_lib.modern.experts.balance_loss"),
    drive=drive.call_with_gradient,
    misconceptions=(
        Misconception(
            "k in place of E",
            with_parts(lambda f, P, E, k: k * (f * P).sum()),
            "The factor is the number of experts, E, not the number of choices.",
        ),
        Misconception(
            "without the factor E",
            with_parts(lambda f, P, E, k: (f * P).sum()),
            "Your result is E times too small: balanced experts should give 1, whatever their number. Either the "
            "factor E is "
            "missing, or the products f · P are averaged over the experts: add them up.",
        ),
        Misconception(
            "the mean for the sum",
            with_parts(lambda f, P, E, k: (f * P).mean()),
            "That is Σ f P / E. Asked for is E · Σ f P.",
        ),
        Misconception(
            "probabilities for counts",
            with_parts(lambda f, P, E, k: E * P.square().sum()),
            "f is counted: how often an expert was really chosen, not how likely it was.",
        ),
        Misconception(
            "counts alone",
            with_parts(lambda f, P, E, k: E * f.square().sum()),
            "Counts have no gradient, so nothing could be learned. One of the two factors is the mean probability P.",
        ),
        Misconception(
            "no gradient through P",
            with_parts(lambda f, P, E, k: E * (f * P.detach()).sum()),
            "P is detached, and f is counted: nothing is left that a gradient could flow through.",
        ),
        Misconception(
            "f sums to k",
            with_parts(lambda f, P, E, k: E * k * (f * P).sum()),
            "Your f sums to k. It is a share of all N·k assignments, and sums to 1.",
        ),
        Misconception(
            "only the first choice counted",
            lambda logits, k: (
                logits.shape[-1] * (shares_and_means(logits, 1)[0] * shares_and_means(logits, k)[1]).sum()
            ),
            "Only the best expert of each token is counted. Every one of its k choices is an assignment.",
        ),
        Misconception(
            "numbers of tokens for shares",
            lambda logits, k: len(logits) * k * balance_loss(logits, k),
            "f is a number of assignments. Divide by all of them, N·k.",
        ),
        Misconception(
            "the sum of probabilities",
            lambda logits, k: len(logits) * balance_loss(logits, k),
            "P is a mean over the tokens: yours is the sum, and grows with the batch.",
        ),
        Misconception(
            "softmax over the tokens",
            lambda logits, k: balance_of(torch.softmax(logits, dim=0), k),
            "The softmax runs over the tokens (dim=0). It is over the experts, dim=-1.",
        ),
        Misconception(
            "logits for probabilities",
            lambda logits, k: balance_of(logits, k),
            "You average logits. Take the softmax first.",
        ),
        Misconception(
            "negative",
            lambda logits, k: -balance_loss(logits, k),
            "The sign is wrong: a smaller loss would then be less balanced.",
        ),
        Misconception(
            "distance from balance",
            with_parts(lambda f, P, E, k: E * (f * P).sum() - 1),
            "You subtract 1. That has the same gradient, but asked for is E · Σ f P, which is 1 where all is balanced.",
        ),
    ),
    hints=(
        "Two lists of E numbers: how often each expert was chosen, and its mean probability.",
        "f: F.one_hot(chosen, E).float(), averaged over all assignments. P: probabilities.mean(dim=0).",
        "E * (f * P).sum()",
    ),
    review="lesson 18, 'Equally busy'",
)


def balance_of(numbers: Tensor, k: int) -> Tensor:
    """The loss with these numbers in place of probabilities."""
    E = numbers.shape[-1]
    f = F.one_hot(numbers.topk(k, dim=-1).indices, E).float().mean(dim=(0, 1))
    return E * (f * numbers.mean(dim=0)).sum()
