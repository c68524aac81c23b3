"""Lesson 17, exercise 7 (debug): a policy that does not learn."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import answers_of, logs, size
from course_lib.checks.alignment.slots.grpo_step import VARIANTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception

Part = Callable[..., Tensor]


def grpo_with(
    *,
    old_is: Part = Tensor.detach,
    advantages: Part = lambda r: (r - r.mean()) / (r.std() + 1e-6),
    ratio: Part = lambda now, old: (now - old).exp(),
    kl: Part = lambda now, ref: (ref - now).exp() - (ref - now) - 1,
    mean: Part = lambda values, mask: (values * mask).sum() / mask.sum(),
    kl_sign: float = 1.0,
    mean_of_kl: Part | None = None,
    clip: float = 0.2,
) -> Part:
    """GRPO's loss for the answers to one prompt, with its parts."""

    def step(now: Tensor, old: Tensor, ref: Tensor, rewards: Tensor, mask: Tensor, beta: float) -> Tensor:
        rho = ratio(now, old_is(old))
        A = advantages(rewards).unsqueeze(1)
        surrogate = torch.minimum(rho * A, rho.clamp(1 - clip, 1 + clip) * A)
        return -mean(surrogate, mask) + kl_sign * beta * (mean_of_kl or mean)(kl(now, ref), mask)

    return step


grpo_step = grpo_with()


def cases(generator: torch.Generator) -> list[Case]:
    """The first step after drawing, a later one, and answers of unequal lengths."""
    B, T = size(generator, 3, 6), size(generator, 5, 8)
    now, ref = torch.tensor([[-1.0], [-2.0]]), torch.tensor([[-1.5], [-1.5]])
    rewards, whole = torch.tensor([1.0, 0.0]), torch.ones(2, 1, dtype=torch.bool)
    drawn = logs(generator, B, T)
    return [
        Case((now, now.clone(), ref, rewards, whole, 0.0), label="the first step, without KL"),
        Case((now, now - torch.tensor([[0.1], [-0.1]]), ref, rewards, whole, 0.1), label="the second step"),
        Case(
            (
                drawn,
                drawn + 0.3 * torch.randn(B, T, generator=generator),
                logs(generator, B, T),
                torch.randn(B, generator=generator),
                answers_of(generator, B, T),
                0.2,
            ),
            label=f"{B} answers of unequal lengths",
        ),
    ]


def kl_detached(now: Tensor, ref: Tensor) -> Tensor:
    """The estimate without a gradient."""
    d = (ref - now).detach()
    return d.exp() - d - 1


EXERCISE = Exercise(
    name="grpo_step",
    reference=grpo_step,
    variants=VARIANTS,
    cases=cases,
    drive=drive.call_with_old_policy,
    forbidden=("course_lib.alignment.grpo_loss", "course_lib.alignment.clipped_loss"),
    misconceptions=(
        Misconception(
            "a gradient through the old policy",
            grpo_with(old_is=lambda old: old),
            "The loss is right, and nothing is learned: where π_old moves with π, the ratio stays 1 and its gradient "
            "is 0. Detach old_log_probs.",
        ),
        Misconception(
            "padding counted, and the old policy not detached",
            grpo_with(old_is=lambda old: old, mean=lambda values, mask: values.mean()),
            "Two faults are left: tokens outside of the mask count, and π_old is not detached.",
        ),
        Misconception(
            "prompt and padding counted",
            grpo_with(mean=lambda values, mask: values.mean()),
            "Only the answers' tokens count: divide the sum under the mask by the mask's sum.",
        ),
        Misconception(
            "a mean of means",
            grpo_with(mean=lambda values, mask: ((values * mask).sum(dim=1) / mask.sum(dim=1)).mean()),
            "Asked for is the mean over all tokens of all answers; yours weighs a token of a short answer more.",
        ),
        Misconception(
            "KL rewarded",
            grpo_with(kl_sign=-1.0),
            "The sign of KL is wrong: in the loss, being far from the reference costs.",
        ),
        Misconception(
            "KL of the old policy",
            grpo_with(kl=kl_detached),
            "Your KL has no gradient, so it costs and teaches nothing: compute it from log_probs as they are.",
        ),
        Misconception(
            "no KL",
            grpo_with(kl_sign=0.0),
            "The price on KL is missing: beta times the mean of exp(d) − d − 1.",
        ),
        Misconception(
            "KL in the other direction",
            grpo_with(kl=lambda now, ref: (now - ref).exp() - (now - ref) - 1),
            "d is log π_ref − log π, as in exercise 5; yours is the other way round.",
        ),
        Misconception(
            "the mask for the surrogate alone",
            grpo_with(mean_of_kl=lambda values, mask: values.mean()),
            "Both means are over the tokens under the mask, that of KL as well.",
        ),
        Misconception(
            "clipped elsewhere",
            grpo_with(clip=0.1),
            "Clip at 0.2: between 0.8 and 1.2.",
        ),
        Misconception(
            "advantages not scaled",
            grpo_with(advantages=lambda r: r - r.mean()),
            "Asked for are standard deviations: divide by the rewards' deviation plus 1e-6.",
        ),
        Misconception(
            "rewards in place of advantages",
            grpo_with(advantages=lambda r: r),
            "An advantage is the distance to the group's mean, in deviations.",
        ),
    ),
    hints=(
        "Print the gradient of log_probs in the first step.",
        "A ratio of two things that move together never changes.",
        "`ratio = (log_probs - old_log_probs.detach()).exp()`, and both means over the mask.",
    ),
    review="lesson 17, section 4, 'Groups'",
)
