"""Lesson 17, exercise 2: the policy gradient as a loss."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import answers_of, logs, size
from course_lib.checks.alignment.slots.reinforce_loss import VARIANTS
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception


def reinforce_loss(log_probs: Tensor, rewards: Tensor, mask: Tensor) -> Tensor:
    """−mean over answers of (r − mean of r) · log π(answer)."""
    answers = (log_probs * mask).sum(dim=1)  # (B,)
    advantages = rewards - rewards.mean()
    return -(advantages * answers).mean()


def reinforce_with(
    advantages: Callable[[Tensor], Tensor] = lambda r: r - r.mean(),
    answers: Callable[[Tensor, Tensor], Tensor] = lambda lp, m: (lp * m).sum(dim=1),
    end: Callable[[Tensor], Tensor] = lambda each: -each.mean(),
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """`reinforce_loss` with another part."""
    return lambda log_probs, rewards, mask: end(advantages(rewards) * answers(log_probs, mask))


def cases(generator: torch.Generator) -> list[Case]:
    """Two answers of one token, then answers of unequal lengths behind a prompt."""
    B, T = size(generator, 3, 6), size(generator, 5, 8)
    return [
        Case(
            (torch.tensor([[-1.0], [-2.0]]), torch.tensor([1.0, 0.0]), torch.ones(2, 1, dtype=torch.bool)),
            label="two answers of one token",
        ),
        Case(
            (
                torch.tensor([[-9.0, -1.0, -1.0], [-9.0, -2.0, -7.0]]),
                torch.tensor([1.0, 0.0]),
                torch.tensor([[False, True, True], [False, True, False]]),
            ),
            label="a prompt, and padding behind the second answer",
        ),
        Case(
            (logs(generator, B, T), torch.randn(B, generator=generator), answers_of(generator, B, T)),
            label=f"{B} answers",
        ),
        Case(
            (logs(generator, B, T), torch.full((B,), 3.0), answers_of(generator, B, T)),
            label="all rewards are the same",
        ),
    ]


EXERCISE = Exercise(
    name="reinforce_loss",
    reference=reinforce_loss,
    variants=VARIANTS,
    cases=cases,
    drive=drive.call_with_gradient_of_log_probs,
    forbidden=("course_lib.alignment.policy_gradient_loss",),
    misconceptions=(
        Misconception(
            "no baseline",
            reinforce_with(advantages=lambda r: r),
            "Subtract the mean reward first: otherwise every answer is pushed up whose reward is above 0, good or not.",
        ),
        Misconception(
            "the sign turned round",
            reinforce_with(end=lambda each: each.mean()),
            "An optimizer makes a loss small, and the reward is to become large: the loss has a minus in front.",
        ),
        Misconception(
            "prompt and padding rewarded too",
            reinforce_with(answers=lambda lp, m: lp.sum(dim=1)),
            "You add up all tokens. Only those of the answer were chosen by the policy: use the mask.",
        ),
        Misconception(
            "the mean over an answer's tokens",
            reinforce_with(answers=lambda lp, m: (lp * m).sum(dim=1) / m.sum(dim=1)),
            "log π of an answer is the sum over its tokens. With the mean, a token of a short answer weighs more than "
            "one of a long answer: a length bias.",
        ),
        Misconception(
            "probabilities in place of logarithms",
            reinforce_with(answers=lambda lp, m: (lp * m).sum(dim=1).exp()),
            "The log-derivative has log π, not π: leave out the exp.",
        ),
        Misconception(
            "the sum over answers",
            reinforce_with(end=lambda each: -each.sum()),
            "Asked for is the mean over answers; the sum grows with the batch.",
        ),
        Misconception(
            "the mean over all tokens",
            lambda log_probs, rewards, mask: (
                -((rewards - rewards.mean()).unsqueeze(1) * log_probs * mask).sum() / mask.sum()
            ),
            "You divide by the number of tokens. Asked for is the mean over answers, each the sum of its tokens.",
        ),
        Misconception(
            "advantages in standard deviations",
            reinforce_with(advantages=lambda r: (r - r.mean()) / (r.std() + 1e-6)),
            "Asked for is r minus the mean, without dividing by the deviation; GRPO does that.",
        ),
    ),
    hints=(
        "First one number per answer: log π of the whole answer.",
        "Multiply it by how much better than the mean the answer's reward is.",
        "`-((rewards - rewards.mean()) * (log_probs * mask).sum(dim=1)).mean()`",
    ),
    review="lesson 17, section 3, 'A gradient from samples'",
)
