"""Lesson 17, exercise 6: DPO."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.checks.alignment.inputs import logs, size
from course_lib.checks.alignment.slots.preference_loss import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property

Four = Callable[..., Tensor]


def preference_loss(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    """−mean log σ(β((chosen − ref_chosen) − (rejected − ref_rejected)))."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return -F.logsigmoid(beta * margin).mean()


def dpo_with(
    margin: Four = lambda c, r, rc, rr: (c - rc) - (r - rr),
    end: Four = lambda m, beta: -F.logsigmoid(beta * m).mean(),
) -> Four:
    """`preference_loss` with another part."""
    return lambda c, r, rc, rr, beta: end(margin(c, r, rc, rr), beta)


def cases(generator: torch.Generator) -> list[Case]:
    """No movement yet, a pair by hand, drawn pairs, and a margin that overflows a careless sigmoid."""
    B = size(generator, 3, 6)
    one = torch.tensor
    return [
        Case((one([-3.0]), one([-5.0]), one([-3.0]), one([-5.0]), 0.1), label="the policy is still the reference"),
        Case((one([-2.0]), one([-6.0]), one([-3.0]), one([-5.0]), 0.5), label="one pair"),
        Case((*(9 * logs(generator, B) for _ in range(4)), 0.3), label=f"{B} pairs"),
        Case((one([-400.0]), one([-10.0]), one([-10.0]), one([-10.0]), 1.0), label="a pair that went far wrong"),
    ]


def begins_at_log_two(call: Call, generator: torch.Generator) -> None:
    """A policy that equals the reference cannot tell the two apart."""
    c, r = 5 * logs(generator, 4), 5 * logs(generator, 4)
    if abs(call(c, r, c.clone(), r.clone(), 0.4).item() - 0.693147) > 1e-4:
        raise Failed("for a policy that equals the reference the loss should be log 2 = 0.693; it is not")


EXERCISE = Exercise(
    name="preference_loss",
    reference=preference_loss,
    variants=VARIANTS,
    cases=cases,
    properties=(Property("begins at log 2", begins_at_log_two),),
    forbidden=("course_lib.alignment.dpo_loss",),
    misconceptions=(
        Misconception(
            "beta left out",
            lambda c, r, rc, rr, beta: preference_loss(c, r, rc, rr, 1.0),
            "The margin is multiplied by β before σ.",
        ),
        Misconception(
            "a small number added in the logarithm",
            lambda c, r, rc, rr, beta: -(torch.sigmoid(beta * ((c - rc) - (r - rr))) + 1e-12).log().mean(),
            "The small number keeps the loss finite, and caps it: a pair that went far wrong teaches nothing any more. "
            "F.logsigmoid is exact.",
        ),
        Misconception(
            "the mean margin",
            lambda c, r, rc, rr, beta: -torch.nn.functional.logsigmoid(beta * ((c - rc) - (r - rr)).mean()),
            "You take the mean of the margins first. Asked for is the mean of the logarithms, one a pair.",
        ),
        Misconception(
            "the logarithm of the mean",
            lambda c, r, rc, rr, beta: -torch.sigmoid(beta * ((c - rc) - (r - rr))).mean().log(),
            "You take the mean of σ first, and then one logarithm. Each pair has its own: the mean comes last.",
        ),
        Misconception(
            "a hinge",
            lambda c, r, rc, rr, beta: (1 - beta * ((c - rc) - (r - rr))).clamp(min=0).mean(),
            "That is a hinge loss. DPO takes minus the logarithm of σ of the margin.",
        ),
        Misconception(
            "chosen and rejected swapped",
            dpo_with(margin=lambda c, r, rc, rr: (r - rr) - (c - rc)),
            "The margin is the chosen's minus the rejected's; yours teaches what people did not want.",
        ),
        Misconception(
            "without the reference",
            dpo_with(margin=lambda c, r, rc, rr: c - r),
            "Compare how far each has moved from the reference: (chosen − ref_chosen) − (rejected − ref_rejected).",
        ),
        Misconception(
            "β outside of the sigmoid",
            dpo_with(end=lambda m, beta: -beta * F.logsigmoid(m).mean()),
            "β belongs into the sigmoid, beside the margin; outside it only scales the loss.",
        ),
        Misconception(
            "divided by β",
            dpo_with(end=lambda m, beta: -F.logsigmoid(m / beta).mean()),
            "The reward is β log(π/π_ref): multiply the margin by β.",
        ),
        Misconception(
            "no logarithm",
            dpo_with(end=lambda m, beta: -torch.sigmoid(beta * m).mean()),
            "The loss is −log σ, and you have −σ.",
        ),
        Misconception(
            "the sign turned round",
            dpo_with(end=lambda m, beta: F.logsigmoid(beta * m).mean()),
            "log σ is to become large, so the loss is −log σ.",
        ),
        Misconception(
            "a sigmoid that underflows",
            dpo_with(end=lambda m, beta: -torch.log(torch.sigmoid(beta * m)).mean()),
            "For a large negative margin the sigmoid is 0 and its logarithm −∞: use `F.logsigmoid`.",
        ),
        Misconception(
            "the sum over pairs",
            dpo_with(end=lambda m, beta: -F.logsigmoid(beta * m).sum()),
            "Asked for is the mean over pairs.",
        ),
        Misconception(
            "references exchanged",
            dpo_with(margin=lambda c, r, rc, rr: (c - rr) - (r - rc)),
            "Each answer is compared with its own probability under the reference.",
        ),
    ),
    hints=(
        "How far has each answer moved from the reference, in nats?",
        "The margin is the difference of the two; β times it goes through −log σ.",
        "`-F.logsigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).mean()`",
    ),
    review="lesson 17, section 6, 'From pairs alone'",
)
