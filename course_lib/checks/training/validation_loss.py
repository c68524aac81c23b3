"""Lesson 11, exercise 9 (debug): validation."""

import math
from collections.abc import Sequence

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.inputs import draw_batches, draw_weights
from course_lib.checks.training.slots.validation_loss import VARIANTS
from course_lib.checks.training.validations import (
    MEDIANS,
    validation_loss,
    validation_with,
    weighted_by_windows,
    without_gradients_afterwards,
)


def validation_cases(generator: torch.Generator) -> list[Case]:
    """One batch; two of unequal size; a model that was not training before."""

    def case(sizes: Sequence[int], training: bool, label: str) -> Case:
        weights, batches = draw_weights(5, generator), draw_batches(sizes, 4, 5, generator)
        return Case((weights, batches), {"training": training}, label=label)

    longer = [*draw_batches([2], 4, 5, generator), *draw_batches([2], 9, 5, generator)]
    sizes = [
        6,
        *torch.randint(2, 7, (int(torch.randint(1, 4, (1,), generator=generator)),), generator=generator).tolist(),
        1,
    ]
    return [
        case([3], True, "one batch, a model in training mode"),
        case([4, 1], True, "batches of 4 windows and of 1, a model in training mode"),
        Case((draw_weights(5, generator), longer), {"training": True}, label="2 windows of 4 tokens, then 2 of 9"),
        case([2], False, "one batch, a model that was in eval mode before"),
        case(sizes, False, f"batches of {', '.join(map(str, sizes))} windows, a model in eval mode"),
    ]


EXERCISE = Exercise(
    name="validation_loss",
    reference=validation_loss,
    variants=VARIANTS,
    forbidden=("course_lib.training.evaluate",),
    cases=validation_cases,
    drive=drive.validate_bigram,
    misconceptions=(
        *MEDIANS,
        Misconception(
            "model.eval forgotten",
            validation_with(evaluating=False),
            "In training mode dropout is on: the loss is measured on a model with holes, and is another each time.",
        ),
        Misconception(
            "left in eval mode",
            validation_with(afterwards=lambda was_training: False),
            "After the validation training goes on, without dropout, and nobody notices. Put the mode back.",
        ),
        Misconception(
            "training mode, whatever it was",
            validation_with(afterwards=lambda was_training: True),
            "The caller's model may have been in eval mode. Remember model.training and put that back.",
        ),
        Misconception(
            "gradients recorded",
            validation_with(recorded=True),
            "All that a backward pass needs is kept, and it never comes: memory for nothing. Use torch.no_grad().",
        ),
        Misconception(
            "a mean of means",
            validation_with(by_batch=True),
            "A small last batch counts as much as a large one here. Add up over tokens, divide by their number.",
        ),
        Misconception(
            "all three faults still there",
            validation_with(evaluating=False, recorded=True, by_batch=True),
            "Dropout is on (model.eval()), a graph is kept for a backward pass that never comes (torch.no_grad()), "
            "and a small "
            "last batch counts as much as a large one (add up over tokens).",
        ),
        Misconception(
            "dropout off; two faults left",
            validation_with(recorded=True, by_batch=True),
            "Dropout is off now. But a graph is kept for a backward pass that never comes (torch.no_grad()), and a "
            "small last "
            "batch counts as much as a large one (add up over tokens).",
        ),
        Misconception(
            "no gradients; two faults left",
            validation_with(evaluating=False, by_batch=True),
            "No graph is kept now. But dropout is on (model.eval(), and the mode put back), and a small last batch "
            "counts as "
            "much as a large one (add up over tokens).",
        ),
        Misconception(
            "mean over tokens; two faults left",
            validation_with(evaluating=False, recorded=True),
            "The mean is right now. But dropout is on (model.eval(), and the mode put back), and a graph is kept for "
            "a backward "
            "pass that never comes (torch.no_grad()).",
        ),
        Misconception(
            "left in eval mode, and a mean of means",
            validation_with(afterwards=lambda was_training: False, by_batch=True),
            "The model must be put back into the mode in which you found it; and a small last batch counts as much as "
            "a large "
            "one: add up over tokens.",
        ),
        Misconception(
            "training mode, whatever it was, and a mean of means",
            validation_with(afterwards=lambda was_training: True, by_batch=True),
            "Remember model.training and put that back; and a small last batch counts as much as a large one: add up "
            "over tokens.",
        ),
        Misconception(
            "left in eval mode, and gradients recorded",
            validation_with(afterwards=lambda was_training: False, recorded=True),
            "The model must be put back into the mode in which you found it; and a graph is kept for a backward pass "
            "that never "
            "comes: torch.no_grad().",
        ),
        Misconception(
            "a tensor for a number",
            lambda model, batches: torch.tensor(validation_loss(model, batches), dtype=torch.float64),
            "You return a tensor that holds the loss. Asked for is a number of Python's: .item().",
        ),
        Misconception(
            "gradients off for good",
            without_gradients_afterwards,
            "After your validation nothing has a gradient any more, so training cannot go on. Switch gradients off for "
            "a while, in a block: `with torch.no_grad():` ends where the block does.",
        ),
        Misconception(
            "divided by windows",
            validation_with(count=len),
            "You divide the sum over tokens by the number of windows. Divide by that of tokens, y.numel().",
        ),
        Misconception(
            "the sum over all tokens",
            validation_with(whole=True),
            "That is the sum of all losses. Divide by the number of tokens.",
        ),
        Misconception(
            "only the last batch",
            lambda model, batches: validation_loss(model, batches[-1:]),
            "You return the loss of the last batch only. Add up over all of them.",
        ),
        Misconception(
            "perplexity",
            lambda model, batches: math.exp(validation_loss(model, batches)),
            "That is the perplexity, e to the power of the loss. Asked for is the loss.",
        ),
        Misconception(
            "left in eval mode, gradients recorded, and a mean of means",
            validation_with(afterwards=lambda was_training: False, recorded=True, by_batch=True),
            "Dropout is off now. But the model must be put back into the mode in which you found it; a graph is kept "
            "for a "
            "backward pass that never comes (torch.no_grad()); and a small last batch counts as much as a large one.",
        ),
        Misconception(
            "sums divided by batches",
            lambda model, batches: validation_loss(model, batches) * sum(y.numel() for _, y in batches) / len(batches),
            "You add up over tokens and divide by the number of batches. Divide by that of tokens.",
        ),
        Misconception(
            "batches weighted by their windows",
            weighted_by_windows,
            "You weight each batch by its windows, len(y). That fits only where all windows are of the same length: "
            "weight by tokens, y.numel().",
        ),
        Misconception(
            "only the first batch",
            lambda model, batches: validation_loss(model, batches[:1]),
            "You return the loss of the first batch only. Add up over all of them.",
        ),
    ),
    hints=(
        "The loss may only depend on weights and text. What else does it depend on here, and what is left behind?",
        "model.eval() before, torch.no_grad() around, and afterwards the mode that the model was in before.",
        "was_training = model.training; model.eval(); with torch.no_grad(): add up cross_entropy with "
        "reduction='sum'; model.train(was_training).",
    ),
    review="lesson 11, 'Validation'",
    tolerance=1e-7,
)
