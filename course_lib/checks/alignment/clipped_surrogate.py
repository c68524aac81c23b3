"""Lesson 17, exercise 4: the clipped objective."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.alignment.inputs import answers_of, logs, size
from course_lib.checks.alignment.slots.clipped_surrogate import VARIANTS
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


def product_clipped(lp: Tensor, old: Tensor, A: Tensor, mask: Tensor, clip: float) -> Tensor:
    """min(ρA, clip(ρA))."""
    whole = (lp - old.detach()).exp() * A.unsqueeze(1)
    return -torch.minimum(whole, whole.clamp(1 - clip, 1 + clip))[mask].mean()


def ratio_of_logs(lp: Tensor, old: Tensor, A: Tensor, mask: Tensor, clip: float) -> Tensor:
    """ρ = log π / log π_old."""
    ratio, each = lp / old.detach(), A.unsqueeze(1)
    return -torch.minimum(ratio * each, ratio.clamp(1 - clip, 1 + clip) * each)[mask].mean()


def ratio_of_answers(lp: Tensor, old: Tensor, A: Tensor, mask: Tensor, clip: float) -> Tensor:
    """One ratio an answer."""
    ratio = ((lp - old.detach()) * mask).sum(dim=1).exp()
    return -torch.minimum(ratio * A, ratio.clamp(1 - clip, 1 + clip) * A).mean()


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
    variants=VARIANTS,
    cases=cases,
    drive=drive.call_with_old_policy,
    forbidden=("course_lib.alignment.clipped_loss", "course_lib.alignment.grpo_loss"),
    misconceptions=(
        Misconception(
            "the mask as factors, the mean over all",
            lambda lp, old, A, mask, clip: clipped_surrogate(lp, old, A, mask, clip) * mask.float().mean(),
            "You divide by the number of all tokens. Take the mean over the tokens under the mask: [mask].mean().",
        ),
        Misconception(
            "the sum over the tokens",
            lambda lp, old, A, mask, clip: clipped_surrogate(lp, old, A, mask, clip) * mask.sum(),
            "Asked for is the mean over the tokens under the mask, not their sum.",
        ),
        Misconception(
            "clipped at 0.2, whatever `clip` says",
            lambda lp, old, A, mask, clip: clipped_surrogate(lp, old, A, mask, 0.2),
            "Your bounds are 0.8 and 1.2. They are 1 − clip and 1 + clip.",
        ),
        Misconception(
            "the product clipped",
            product_clipped,
            "You clip ρA. Clip the ratio ρ first, and then multiply it by A.",
        ),
        Misconception(
            "a ratio of logarithms",
            ratio_of_logs,
            "ρ is π/π_old, and you have logarithms: it is exp(log π − log π_old), not the one divided by the other.",
        ),
        Misconception(
            "a ratio of whole answers",
            ratio_of_answers,
            "You multiply the ratios of an answer's tokens. Each token has a ratio of its own, clipped by itself.",
        ),
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
