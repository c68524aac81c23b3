"""Lesson 20, exercise 5: taking a head away."""

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.interpretability.ablations import (
    ablate_with,
    another_dimension,
    every_head,
    mean_ablate,
    mean_over_real,
    over_columns,
    over_rows,
    position_for_head,
    the_other_heads,
)
from course_lib.checks.interpretability.inputs import drawn, drawn_size
from course_lib.checks.interpretability.slots.mean_ablate import VARIANTS


def ablate_cases(generator: torch.Generator) -> list[Case]:
    """Texts of one length; texts of unequal length; drawn ones. The padding's outputs are large."""

    def case(lengths: list[int], H: int, D: int, head: int) -> Case:
        T = max(lengths)
        real = torch.arange(T) < torch.tensor(lengths)[:, None]  # (B, T)
        gathered = drawn(generator, len(lengths), T, H, D) + 1 + 5 * ~real[..., None, None]
        words = " and ".join(map(str, lengths))
        return Case((gathered, real, head), label=f"texts of {words} tokens, {H} heads of D = {D}, head {head}")

    lengths = (torch.randperm(4, generator=generator)[:3] + 2).tolist()
    return [
        case([3, 3], 2, 3, 1),
        case([4, 2], 3, 2, 0),
        case(lengths, 4, 3, drawn_size(generator, 1, 3)),
    ]


EXERCISE = Exercise(
    name="mean_ablate",
    reference=mean_ablate,
    variants=VARIANTS,
    cases=ablate_cases,
    forbidden=("course_lib.interpretability.mean_outputs",),
    misconceptions=(
        Misconception(
            "the other heads replaced",
            the_other_heads,
            "You replaced all heads but the one that was asked for.",
        ),
        Misconception(
            "a position for a head",
            position_for_head,
            "`head` is the third dimension of (B, T, H, D). You replaced a position: write into [:, :, head].",
        ),
        Misconception(
            "padding in the mean",
            ablate_with(lambda gathered, real, head: gathered[:, :, head].mean(dim=(0, 1))),
            "Padding is not text: leave it out of the mean, as `real` says.",
        ),
        Misconception(
            "padding counted",
            ablate_with(
                lambda gathered, real, head: (gathered[:, :, head] * real[..., None]).sum(dim=(0, 1)) / real.numel()
            ),
            "You add up the real tokens and divide by all. Divide by real.sum().",
        ),
        Misconception(
            "zeros",
            ablate_with(lambda gathered, real, head: torch.zeros(gathered.shape[-1], dtype=gathered.dtype)),
            "You put zeros there. The mean is what the head says when it knows nothing of the text.",
        ),
        Misconception(
            "a mean for each text",
            ablate_with(over_rows),
            "The mean of one text still knows that text. Take it over all texts.",
        ),
        Misconception(
            "a mean for each position",
            ablate_with(over_columns),
            "You take a mean for each position. It is one vector (D,), over all texts and positions.",
        ),
        Misconception(
            "a mean for each position, padding included",
            ablate_with(lambda gathered, real, head: gathered[:, :, head].mean(dim=0)),
            "You take a mean for each position, over paddings too. It is one vector (D,), over all real tokens.",
        ),
        Misconception(
            "nothing replaced",
            lambda gathered, real, head: gathered.clone(),
            "Nothing has changed. out[real] is a copy; what is written there is lost. Write out[:, :, head] = mean.",
        ),
        Misconception(
            "one number",
            ablate_with(lambda gathered, real, head: gathered[real][:, head].mean()),
            "You take the mean over the D numbers as well. Each of them has its own mean.",
        ),
        Misconception(
            "all heads",
            every_head,
            "You replace every head. Only head number `head` goes; the others stay as they are.",
        ),
        Misconception(
            "the mean of all heads",
            ablate_with(lambda gathered, real, head: gathered[real].mean(dim=(0, 1))),
            "You take the mean over the heads as well. It is this head's own mean.",
        ),
        Misconception(
            "another head's mean",
            ablate_with(lambda gathered, real, head: mean_over_real(gathered, real, head - 1)),
            "You put another head's mean there. Heads are counted from 0.",
        ),
        Misconception(
            "another head replaced",
            lambda gathered, real, head: mean_ablate(gathered, real, head - 1),
            "You replace another head. Heads are counted from 0.",
        ),
        Misconception(
            "heads looked for in the last dimension",
            another_dimension,
            "The dimensions are (B, T, H, D): heads are the third, gathered[:, :, head].",
        ),
        Misconception(
            "the padding left as it was",
            ablate_with(mean_over_real, only_real=True),
            "Replace the head everywhere, also at paddings; only the mean leaves them out.",
        ),
        Misconception(
            "the mean added",
            ablate_with(mean_over_real, added=True),
            "You add the mean. It takes the place of what the head has gathered.",
        ),
        Misconception(
            "the mean taken away",
            lambda gathered, real, head: ablate_with(lambda g, r, h: -mean_over_real(g, r, h), added=True)(
                gathered, real, head
            ),
            "You subtract the mean, and keep what is special about the text. Replace the output by the mean.",
        ),
        Misconception(
            "only this head returned",
            lambda gathered, real, head: mean_ablate(gathered, real, head)[:, :, head],
            "Return the outputs of all heads, (B, T, H, D), of which one is replaced.",
        ),
        Misconception(
            "the median",
            ablate_with(lambda gathered, real, head: gathered[real][:, head].median(dim=0).values),
            "You take the median. Asked for is the mean.",
        ),
    ),
    hints=(
        "gathered[real] picks the real tokens of all texts: which shape has it?",
        "mean = gathered[real][:, head].mean(dim=0) is one vector (D,). Change a copy: out = gathered.clone().",
        "out[:, :, head] = mean, for every position; return out",
    ),
    review="lesson 20, 'Ablation: what a head is worth'",
)
