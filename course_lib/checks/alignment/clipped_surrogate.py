"""Lesson 17, exercise 4: the clipped objective."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import answers_of, logs, size
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception


def clipped_surrogate(
    log_probs: Tensor, old_log_probs: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> Tensor:
    """−mean over the answers' tokens of min(ρA, clip(ρ, 1 − ε, 1 + ε) A), ρ = π/π_old."""
    ratio = (log_probs - old_log_probs.detach()).exp()
    A = advantages.unsqueeze(1)
    surrogate = torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)
    return -(surrogate * mask).sum() / mask.sum()


Part = Callable[..., Tensor]


def clipped_with(
    ratio: Part = lambda now, old: (now - old).exp(),
    choose: Part = lambda r, A, clip: torch.minimum(r * A, r.clamp(1 - clip, 1 + clip) * A),
    end: Part = lambda s, mask: -(s * mask).sum() / mask.sum(),
    keep: Part = Tensor.detach,
) -> Part:
    """`clipped_surrogate` with another part."""
    return lambda now, old, advantages, mask, clip: end(
        choose(ratio(now, keep(old)), advantages.unsqueeze(1), clip), mask
    )


def cases(generator: torch.Generator) -> list[Case]:
    """One token each way, inside and outside of the clip, then drawn answers of unequal lengths."""
    B, T = size(generator, 3, 5), size(generator, 5, 8)
    one = torch.ones(1, 1, dtype=torch.bool)
    now, up, down = torch.tensor([[-1.0]]), torch.tensor([[-2.0]]), torch.tensor([[-0.5]])
    return [
        Case((now, now, torch.tensor([2.0]), one, 0.2), label="nothing has moved yet"),
        Case((now, up, torch.tensor([1.0]), one, 0.2), label="a good token, already much likelier"),
        Case((now, up, torch.tensor([-1.0]), one, 0.2), label="a bad token, likelier"),
        Case((now, down, torch.tensor([1.0]), one, 0.2), label="a good token, less likely"),
        Case((now, down, torch.tensor([-1.0]), one, 0.2), label="a bad token, already less likely"),
        Case(
            (
                logs(generator, B, T),
                logs(generator, B, T),
                torch.randn(B, generator=generator),
                answers_of(generator, B, T),
                0.1 + 0.2 * torch.rand(1, generator=generator).item(),
            ),
            label=f"{B} answers of unequal lengths",
        ),
    ]


EXERCISE = Exercise(
    name="clipped_surrogate",
    reference=clipped_surrogate,
    cases=cases,
    drive=drive.call_with_old_policy,
    forbidden=("course_lib.alignment.clipped_loss", "course_lib.alignment.grpo_loss"),
    misconceptions=(
        Misconception(
            "a gradient through the old policy",
            clipped_with(keep=lambda old: old),
            "π_old is a record: detach old_log_probs. Where it moves with π, the ratio stays 1 and nothing is learned.",
        ),
        Misconception(
            "never clipped",
            clipped_with(choose=lambda r, A, clip: r * A),
            "Without the clip, an answer may be pushed further with each step on the same samples. Take the smaller of "
            "ρA and the clipped one.",
        ),
        Misconception(
            "always clipped",
            clipped_with(choose=lambda r, A, clip: r.clamp(1 - clip, 1 + clip) * A),
            "Clipped alone, a token that moved the wrong way has no gradient back. Take the minimum of both.",
        ),
        Misconception(
            "the maximum in place of the minimum",
            clipped_with(choose=lambda r, A, clip: torch.maximum(r * A, r.clamp(1 - clip, 1 + clip) * A)),
            "The clip is to be the more cautious of the two: the minimum.",
        ),
        Misconception(
            "a difference in place of a ratio",
            clipped_with(ratio=lambda now, old: now - old),
            "ρ is π/π_old, the exp of the difference of the logarithms.",
        ),
        Misconception(
            "the ratio upside down",
            clipped_with(ratio=lambda now, old: (old - now).exp()),
            "ρ has the new policy above and the old one below.",
        ),
        Misconception(
            "a mean of means",
            clipped_with(end=lambda s, mask: -((s * mask).sum(dim=1) / mask.sum(dim=1)).mean()),
            "A token of a short answer then weighs more than one of a long answer. Divide the sum over all tokens by "
            "their number.",
        ),
        Misconception(
            "prompt and padding counted",
            clipped_with(end=lambda s, mask: -s.mean()),
            "Only the answers' tokens count: use the mask, and divide by how many it has.",
        ),
        Misconception(
            "the sign turned round",
            clipped_with(end=lambda s, mask: (s * mask).sum() / mask.sum()),
            "A loss is made small; this objective is to become large. It needs a minus.",
        ),
    ),
    hints=(
        "ρ per token from the difference of log-probabilities; A per answer, so (B, 1).",
        "Two candidates, ρA and the clamped ρ times A: the smaller one counts.",
        "`torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A)`, then the masked mean with a minus.",
    ),
    review="lesson 17, section 4, 'Groups'",
)
