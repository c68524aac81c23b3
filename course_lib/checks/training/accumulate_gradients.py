"""Lesson 11, exercise 4: accumulation."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.inputs import Batch, draw_batches, draw_weights, token_losses


def accumulate_gradients(model: nn.Module, batches: Sequence[Batch]) -> float:
    """Add up the gradients of the mean loss over all tokens of all batches, and return that loss."""
    tokens = sum(y.numel() for _, y in batches)
    total = 0.0
    for x, y in batches:
        loss = token_losses(model, x, y).sum() / tokens
        loss.backward()
        total += loss.item()
    return total


def accumulation_with(
    share: Callable[[Batch, Sequence[Batch]], float],
    shown: Callable[[Batch, Sequence[Batch]], float],
    *,
    keep: bool = True,
) -> Callable[[nn.Module, Sequence[Batch]], float]:
    """Each batch's mean loss times its `share`, its part in the result times `shown`; keep: add gradients up."""

    def accumulate(model: nn.Module, batches: Sequence[Batch]) -> float:
        total = 0.0
        for batch in batches:
            if not keep:
                model.zero_grad()
            loss = token_losses(model, *batch).mean()
            (loss * share(batch, batches)).backward()
            total += loss.item() * shown(batch, batches)
        return total

    return accumulate


def by_tokens(batch: Batch, batches: Sequence[Batch]) -> float:
    """The share of a batch in all tokens."""
    return batch[1].numel() / sum(y.numel() for _, y in batches)


def by_batches(batch: Batch, batches: Sequence[Batch]) -> float:
    """The same share for each batch."""
    return 1 / len(batches)


def whole(batch: Batch, batches: Sequence[Batch]) -> float:
    """All of it."""
    return 1.0


def accumulation_cases(generator: torch.Generator) -> list[Case]:
    """One batch, two equal ones, and a last one that is smaller."""

    def case(sizes: Sequence[int], label: str) -> Case:
        return Case((draw_weights(5, generator), draw_batches(sizes, 4, 5, generator)), label=label)

    return [
        case([2], "one micro-batch of 2 windows"),
        case([2, 2], "two of 2 windows each"),
        case([4, 4, 1], "three, of 4, 4 and 1 windows"),
    ]


EXERCISE = Exercise(
    name="accumulate_gradients",
    reference=accumulate_gradients,
    cases=accumulation_cases,
    drive=drive.accumulate,
    misconceptions=(
        Misconception(
            "not scaled",
            accumulation_with(whole, by_tokens),
            "Gradients add up: k micro-batches give one k times as long as that of the large batch.",
        ),
        Misconception(
            "neither gradient nor loss scaled",
            accumulation_with(whole, whole),
            "Both add up over the micro-batches: give each its share of the tokens.",
        ),
        Misconception(
            "divided by the number of micro-batches",
            accumulation_with(by_batches, by_batches),
            "That is right only if all are of the same size. Here a token in the small last batch counts as much "
            "as four in the others. Weight by tokens.",
        ),
        Misconception(
            "the loss as a mean of means",
            accumulation_with(by_tokens, by_batches),
            "The gradients are right, but the loss that you return counts a small micro-batch like a large one.",
        ),
        Misconception(
            "only the last micro-batch",
            accumulation_with(by_tokens, by_tokens, keep=False),
            "zero_grad between the micro-batches throws away what the ones before gave. Here nobody clears.",
        ),
    ),
    hints=(
        "What would be the loss of the one large batch? A mean over all its tokens. Which share has a micro-batch?",
        "Count the tokens of all batches first. backward() adds to .grad, so you need not add gradients yourself.",
        "For each batch: loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction='sum') / "
        "all_tokens; loss.backward(); total += loss.item().",
    ),
    review="lesson 11, 'A large batch in small pieces'",
    tolerance=1e-7,
)
