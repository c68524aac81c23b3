"""Lesson 14, exercise 8: the loss without ever having all logits."""

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.parallel.inputs import drawn_size
from course_lib.checks.parallel.losses import (
    all_logits_reduced,
    first_logit_elsewhere,
    first_sum_loss,
    gathered_loss,
    logarithms_added,
    loss_with,
    one_maximum,
    own_maximum_loss,
    own_softmax_loss,
    summed_logsumexp_loss,
    vocab_parallel_loss,
)
from course_lib.checks.parallel.slots.vocab_parallel_loss import VARIANTS


def loss_cases(generator: torch.Generator) -> list[Case]:
    """One token and two words; drawn logits; and some so large that exp of them is infinite."""

    def drawn(N: int, V: int, devices: int, scale: float, label: str) -> Case:
        logits = scale * torch.randn(N, V, generator=generator)
        return Case((list(logits.chunk(devices, dim=-1)), torch.randint(V, (N,), generator=generator)), label=label)

    many = drawn_size(generator, 2, 5)
    halves = [torch.tensor([[0.0]]), torch.tensor([[0.0]])]
    shifted = [torch.tensor([[1000.0, 999.0]]), torch.tensor([[998.0, 1000.0]])]
    uneven = [torch.tensor([[1000.0, 999.0], [0.0, 1.0]]), torch.tensor([[998.0, 1000.0], [300.0, 301.0]])]
    wide = [torch.tensor([[1000.0, 0.0]]), torch.tensor([[-1000.0, 500.0]])]
    return [
        Case((halves, torch.tensor([1])), label="1 token, 2 words, equal logits: the loss is ln 2"),
        drawn(5, 12, 3, 2.0, "5 tokens, 12 words on 3 devices"),
        drawn(drawn_size(generator, 3, 6), many * drawn_size(generator, 2, 5), many, 3.0, f"words on {many} devices"),
        Case((shifted, torch.tensor([1])), label="logits of a thousand: exp of them is infinite"),
        Case((uneven, torch.tensor([1, 2])), label="a token with logits near 1,000, one with less"),
        Case((wide, torch.tensor([3])), label="logits from −1,000 to 1,000 of one token"),
    ]


EXERCISE = Exercise(
    name="vocab_parallel_loss",
    reference=vocab_parallel_loss,
    variants=VARIANTS,
    cases=loss_cases,
    drive=drive.call_with_few_reduced,
    tolerance=1e-4,  # float32 near 1,000 has steps of 6e-5
    misconceptions=(
        Misconception(
            "all logits in one place",
            gathered_loss,
            "The loss is right, but every device would need all V logits of every token. Three numbers a token do: "
            "the largest logit, the sum of the exponentials, the target's logit.",
        ),
        Misconception(
            "a softmax for each device",
            own_softmax_loss,
            "Each device divides by the sum of its own exponentials. The probability needs the sum over all words.",
        ),
        Misconception(
            "log-sum-exps added",
            summed_logsumexp_loss,
            "Logarithms of sums do not add up: add the exponentials, then take the logarithm.",
        ),
        Misconception(
            "own maximum subtracted",
            own_maximum_loss,
            "Each device subtracts its own largest logit, so that their sums are in different units. All must "
            'subtract the same: all_reduce(…, "max").',
        ),
        Misconception(
            "maxima added",
            loss_with(
                largest=lambda logits, all_reduce: [all_reduce([part.amax(dim=-1) for part in logits])] * len(logits)
            ),
            'The maxima are added instead of compared: all_reduce(…, "max"). With large logits all exponentials '
            "then vanish.",
        ),
        Misconception(
            "no maximum subtracted",
            loss_with(largest=lambda logits, all_reduce: [torch.zeros(len(logits[0]))] * len(logits)),
            "exp of a large logit is infinite. Subtract the largest logit, over all devices, first.",
        ),
        Misconception(
            "target's logit not masked",
            loss_with(masked=False),
            "Devices that do not own the target add some other logit of theirs. They must add 0.",
        ),
        Misconception(
            "first logit for a target elsewhere",
            loss_with(pick=first_logit_elsewhere),
            "Devices that do not own the target look up their first logit in its place, and add it. They must add 0.",
        ),
        Misconception(
            "target taken for a column",
            loss_with(offset=False),
            "Device r holds words r·V/N onward: subtract that from the target before you look it up.",
        ),
        Misconception(
            "summed over tokens",
            loss_with(mean=torch.sum),
            "The loss is the mean over the tokens, as in F.cross_entropy.",
        ),
        Misconception(
            "largest logit not added back",
            loss_with(added_back=0.0),
            "You subtract the largest logit before exp but not from the target's. Add it to the logarithm again: m + "
            "log Σ exp(z − m).",
        ),
        Misconception(
            "sign turned",
            loss_with(mean=lambda losses: -losses.mean()),
            "That is the mean of log p, which is negative. The loss is −log p: log Σ exp(z) − z_target.",
        ),
        Misconception(
            "logarithm forgotten",
            loss_with(log=lambda total: total),
            "You subtract the target's logit from the sum of the exponentials. Take the logarithm of the sum first.",
        ),
        Misconception(
            "one maximum for all tokens",
            loss_with(largest=one_maximum),
            "You subtract one number from the logits of all tokens: where a token's own are far below it, all "
            "exponentials vanish. Each token has its largest logit.",
        ),
        Misconception(
            "the first device's maximum",
            loss_with(largest=lambda logits, all_reduce: [logits[0].amax(dim=-1)] * len(logits)),
            "You subtract the largest logit of the first device. Another may hold a much larger one, whose exp is "
            'infinite: all_reduce(…, "max").',
        ),
        Misconception(
            "all logits reduced",
            all_logits_reduced,
            "The loss is right, but all V logits of each token go through all_reduce. Three numbers a token do: "
            "the largest logit, the sum of the exponentials, the target's logit.",
        ),
        Misconception(
            "a loss for each token",
            loss_with(mean=lambda losses: losses),
            "You return a loss for each token. Asked for is their mean.",
        ),
        Misconception(
            "the largest logit added twice",
            loss_with(added_back=2.0),
            "You subtract the largest logit once before exp, so it comes back once: m + log Σ exp(z − m).",
        ),
        Misconception(
            "the target's logit left out",
            loss_with(target=0.0),
            "That is log Σ exp(z) alone. Subtract the target's logit, which one of the devices holds.",
        ),
        Misconception(
            "the target looked up on the first device only",
            loss_with(reduced=lambda parts, all_reduce: parts[0]),
            "The target's logit stands on one of the devices, not always the first. Let each give it or 0, and "
            "all_reduce.",
        ),
        Misconception(
            "the first device's sum",
            first_sum_loss,
            "You take the sum of exponentials of the first device only. The probability needs the sum over all: "
            "all_reduce.",
        ),
        Misconception(
            "in bits",
            loss_with(log=torch.log2),
            "The logarithm is the natural one, as in F.cross_entropy: log, not log2.",
        ),
        Misconception(
            "logarithms added",
            logarithms_added,
            "Logarithms of sums do not add up: reduce the sums of the exponentials, and take the logarithm after that.",
        ),
    ),
    hints=(
        "On paper: −log of exp(z_target) / Σ exp(z) is log Σ exp(z) − z_target. Which of the two needs all devices?",
        'Three all-reduces of one number a token: "max" of the logits, sum of exp(z − max), sum of the target\'s '
        "logit, "
        "which is 0 everywhere but on its own device.",
        'm = all_reduce([z.amax(-1) for z in logits], "max"); s = all_reduce([(z - m[:, None]).exp().sum(-1) for '
        "z in "
        "logits]); the loss is (m + s.log() − t).mean(), where t is the target's logit, put together like an "
        "embedding.",
    ),
    review="lesson 14, section 4, 'A loss that never sees all logits'",
)
