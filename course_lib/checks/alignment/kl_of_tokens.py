"""Lesson 17, exercise 5: an estimate of KL."""

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import logs, size
from course_lib.checks.alignment.slots.kl_of_tokens import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property


def kl_of_tokens(log_probs: Tensor, ref_log_probs: Tensor) -> Tensor:
    """exp(d) − d − 1 with d = log π_ref − log π."""
    d = ref_log_probs - log_probs
    return d.exp() - d - 1


def cases(generator: torch.Generator) -> list[Case]:
    """Equal ones, one token each way, and drawn tokens."""
    B, T = size(generator, 2, 4), size(generator, 3, 6)
    same = logs(generator, B, T)
    return [
        Case((torch.tensor([[-1.0]]), torch.tensor([[-2.0]])), label="likelier than under the reference"),
        Case((torch.tensor([[-2.0]]), torch.tensor([[-1.0]])), label="less likely than under the reference"),
        Case((same, same.clone()), label="the same policy"),
        Case((logs(generator, B, T), logs(generator, B, T)), label=f"{B} answers of {T} tokens"),
    ]


def never_below_zero(call: Call, generator: torch.Generator) -> None:
    """Each estimate, not only the mean."""
    got = call(logs(generator, 4, 5), logs(generator, 4, 5))
    if (got < -1e-6).any():
        raise Failed(f"no estimate should be below 0; yours goes down to {got.min().item():.3g}")


EXERCISE = Exercise(
    name="kl_of_tokens",
    reference=kl_of_tokens,
    variants=VARIANTS,
    cases=cases,
    properties=(Property("never below 0", never_below_zero),),
    forbidden=("course_lib.alignment.kl_estimate", "torch.nn.functional.kl_div"),
    misconceptions=(
        Misconception(
            "the distance of the logarithms",
            lambda log_probs, ref_log_probs: (ref_log_probs - log_probs).abs(),
            "|d| is never negative either, but its mean is not KL. The estimate is exp(d) − d − 1.",
        ),
        Misconception(
            "a ratio of logarithms",
            lambda log_probs, ref_log_probs: ref_log_probs / log_probs - (ref_log_probs - log_probs) - 1,
            "exp(d) is π_ref/π. Dividing logarithms does not give it.",
        ),
        Misconception(
            "negative ones cut off",
            lambda log_probs, ref_log_probs: (log_probs - ref_log_probs).clamp(min=0),
            "You set what is negative to 0, and the mean is then too large. The estimate is exp(d) − d − 1.",
        ),
        Misconception(
            "the plain difference",
            lambda now, ref: now - ref,
            "Its mean is right, but single tokens come out below 0, and it varies more: add exp(d) − 1 to −d.",
        ),
        Misconception(
            "the other direction",
            lambda now, ref: (now - ref).exp() - (now - ref) - 1,
            "d is log π_ref − log π: the tokens were drawn from π. Yours would need tokens drawn from the reference.",
        ),
        Misconception(
            "the sign of d wrong in one place",
            lambda now, ref: (ref - now).exp() + (ref - now) - 1,
            "It is exp(d) − d − 1: the d in the middle is subtracted.",
        ),
        Misconception(
            "the 1 forgotten",
            lambda now, ref: (ref - now).exp() - (ref - now),
            "For the same policy KL is 0, and yours is 1: subtract 1.",
        ),
        Misconception(
            "half a square",
            lambda now, ref: (ref - now).square() / 2,
            "That is the estimate called k2: near, but its mean is not KL. Asked for is exp(d) − d − 1.",
        ),
        Misconception(
            "the mean over all tokens",
            lambda now, ref: kl_of_tokens(now, ref).mean(),
            "Asked for is one estimate per token, (B, T); the mask and the mean come later.",
        ),
        Misconception(
            "weighted by the probability",
            lambda now, ref: now.exp() * (now - ref),
            "The tokens were already drawn by their probability; weighting them again counts it twice.",
        ),
    ),
    hints=(
        "Begin with d = log π_ref − log π of each token.",
        "−d alone has the right mean. What has a mean of 0 and makes every estimate at least 0?",
        "`d.exp() - d - 1`",
    ),
    review="lesson 17, section 5, 'KL in the loss: a change that nobody sees'",
)
