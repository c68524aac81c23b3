"""Lesson 13, exercise 7: a batch for masked language modelling."""

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.pretrained.masked_batches import IGNORED, batch_with, mlm_batch
from course_lib.checks.pretrained.slots.mlm_batch import VARIANTS


def batch_cases(generator: torch.Generator) -> list[Case]:
    """One row in which each thing happens once, then batches in which each happens often."""

    def drawn(B: int, T: int) -> Case:
        idx, others = torch.randint(3, 50, (2, B, T), generator=generator)
        idx[:, 0], idx[:, T // 2] = 0, 1
        choose, act = torch.rand(2, B, T, generator=generator)
        mask_id = int(torch.randint(100, 200, (1,), generator=generator))
        return Case(
            (idx, choose, act, others, mask_id, (0, 1, mask_id)), label=f"B = {B}, T = {T}, mask_id = {mask_id}"
        )

    row = (
        torch.tensor([[0, 10, 11, 12, 13, 14]]),
        torch.tensor([[0.05, 0.1, 0.1, 0.1, 0.5, 0.2]]),
        torch.tensor([[0.5, 0.5, 0.85, 0.95, 0.5, 0.85]]),
        torch.tensor([[40, 41, 42, 43, 44, 45]]),
    )
    border = (
        torch.tensor([[10, 11, 12, 13]]),
        torch.tensor([[0.15, 0.1, 0.1, 0.1]]),
        torch.tensor([[0.5, 0.8, 0.9, 0.5]]),
        torch.tensor([[40, 41, 42, 43]]),
    )
    label = "a special token, then one to hide, one to replace, one to keep, and two that are not chosen"
    B, T = (int(n) for n in torch.randint(8, 24, (2,), generator=generator))
    return [
        Case((*row, 2, (0, 2)), label=label),
        Case((*border, 2, (0, 2)), label="numbers of exactly 0.15, 0.8 and 0.9"),
        drawn(8, 32),
        drawn(B, T),
    ]


def labels_where_chosen(call: Call, generator: torch.Generator) -> None:
    """About 15 in 100 tokens have a label."""
    idx, others = torch.randint(3, 50, (2, 32, 64), generator=generator)
    choose, act = torch.rand(2, 32, 64, generator=generator)
    _, labels = call(idx, choose, act, others, 2, (2,))
    share = (labels != IGNORED).double().mean().item()
    if not 0.11 < share < 0.19:
        raise Failed(f"of 100 tokens about 15 should have a label; with yours it is {100 * share:.0f}")


EXERCISE = Exercise(
    name="mlm_batch",
    reference=mlm_batch,
    variants=VARIANTS,
    cases=batch_cases,
    properties=(Property("about 15 in 100 tokens have a label", labels_where_chosen),),
    forbidden=("course_lib.pretrained.masked_lm.mask_tokens",),
    misconceptions=(
        Misconception(
            "a label for every token",
            batch_with(labels=lambda idx, inputs, chosen, act: idx),
            "Only chosen tokens have a label; the others get −100, which the loss leaves out. Most of them can be "
            "read off the input, and the model would learn to copy.",
        ),
        Misconception(
            "labels only where the mask token stands",
            batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen & (act < 0.8), idx, IGNORED)),
            "Tokens that were replaced or kept are chosen too, and must be predicted: that is what they are for.",
        ),
        Misconception(
            "every chosen token hidden",
            batch_with(hidden=lambda act: act < 2),
            "Of the chosen ones 80 % are hidden, 10 % become another token, 10 % stay. The mask token never occurs "
            "when the model is used, so it should not learn to wait for it.",
        ),
        Misconception(
            "no random tokens",
            batch_with(replaced=lambda act: act < 0),
            "Where act is from 0.8 to 0.9 the token of `others` goes in.",
        ),
        Misconception(
            "none kept",
            batch_with(replaced=lambda act: act >= 0.8),
            "Where act is 0.9 or more the token stays as it is, though it has a label.",
        ),
        Misconception(
            "special tokens chosen",
            batch_with(chosen=lambda choose, special: choose < 0.15),
            "Tokens in special_ids are never chosen: there is nothing to learn from a hidden start of text.",
        ),
        Misconception(
            "labels read off the input",
            batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, inputs, IGNORED)),
            "The label is the token that stood there before you changed it. If you write into idx itself, labels "
            "that share its memory change with it: clone first.",
        ),
        Misconception(
            "0 in place of −100",
            batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, idx, 0)),
            "0 is a token, and the loss would count it. F.cross_entropy leaves out −100.",
        ),
        Misconception(
            "15 % left over, 85 % chosen",
            batch_with(chosen=lambda choose, special: (choose >= 0.15) & ~special),
            "Chosen are the 15 % where choose < 0.15.",
        ),
        Misconception(
            "labels moved by one",
            batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, idx, IGNORED).roll(-1, dims=-1)),
            "Nothing is shifted here: the model says what stands at this very position.",
        ),
        Misconception(
            "0.15 chosen as well",
            batch_with(chosen=lambda choose, special: (choose <= 0.15) & ~special),
            "A token is chosen under 0.15, not at 0.15 itself: <, not <=.",
        ),
        Misconception(
            "0.8 hidden as well",
            batch_with(hidden=lambda act: act <= 0.8),
            "A token is hidden under 0.8; from 0.8 on it is replaced: <, not <=.",
        ),
        Misconception(
            "0.9 replaced as well",
            batch_with(replaced=lambda act: (act >= 0.8) & (act <= 0.9)),
            "A token is replaced up to, not including, 0.9: <, not <=.",
        ),
        Misconception(
            "0.8 left as it is",
            batch_with(replaced=lambda act: (act > 0.8) & (act < 0.9)),
            "A token is replaced from 0.8 on, 0.8 included: >=, not >.",
        ),
        Misconception(
            "hidden tokens replaced again",
            batch_with(hidden=lambda act: act < 0, replaced=lambda act: act < 0.9),
            "Your second step, act < 0.9, also meets the tokens that the first has hidden. Replace only where act is "
            "at least 0.8, or hide last.",
        ),
        Misconception(
            "−1 in place of −100",
            batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, idx, -1)),
            "F.cross_entropy leaves out −100, and nothing else unless it is told.",
        ),
        Misconception(
            "chosen where choose is large",
            batch_with(chosen=lambda choose, special: (choose > 0.15) & ~special),
            "A token is chosen where its number is under 0.15; yours are the other 85 %.",
        ),
        Misconception(
            "labels first",
            lambda *given: mlm_batch(*given)[::-1],
            "You return the labels first. Asked for are the inputs, then the labels.",
        ),
        Misconception(
            "hidden and replaced exchanged",
            batch_with(hidden=lambda act: (act >= 0.8) & (act < 0.9), replaced=lambda act: act < 0.8),
            "Under 0.8 a token is hidden, from 0.8 to 0.9 it becomes one of `others`; you have them exchanged.",
        ),
        Misconception(
            "labels of the changed only",
            batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen & (act < 0.9), idx, IGNORED)),
            "Every chosen token has a label, also those that stay as they are.",
        ),
        Misconception(
            "only the first special token spared",
            lambda idx, choose, act, others, mask_id, special_ids: mlm_batch(
                idx, choose, act, others, mask_id, special_ids[:1]
            ),
            "special_ids holds several tokens, and none of them is chosen: torch.isin(idx, torch.tensor(special_ids)).",
        ),
        Misconception(
            "all ids up to the largest special one spared",
            lambda idx, choose, act, others, mask_id, special_ids: mlm_batch(
                idx, choose, act, others, mask_id, range(max(special_ids) + 1)
            ),
            "Only the tokens in special_ids are spared, not all with a number up to theirs.",
        ),
    ),
    hints=(
        "First which tokens are chosen, (B, T) of True and False; then what happens to them; labels come from idx.",
        "chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids)); then torch.where, twice.",
        "inputs = torch.where(chosen & (act < 0.9), others, idx); "
        "inputs = torch.where(chosen & (act < 0.8), mask_id, inputs); labels = torch.where(chosen, idx, -100)",
    ),
    review="lesson 13, 'Hide and guess'",
)
