"""Lesson 11, exercise 7 (debug): the loop."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.inputs import Batch, draw_batches, draw_weights, token_losses


def train_steps(model: nn.Module, batches: Sequence[Batch], learning_rate: float) -> list[float]:
    """One AdamW step a batch; the losses before each step."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    losses = []
    for x, y in batches:
        loss = token_losses(model, x, y).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def loop_with(
    *,
    zero: str = "before backward",
    optimizer_once: bool = True,
    train_mode: bool = True,
    step_first: bool = False,
    loss_afterwards: bool = False,
) -> Callable[[nn.Module, Sequence[Batch], float], list[float]]:
    """The loop with one of its parts in the wrong place. zero: "never", "before step" or "before backward"."""

    def loop(model: nn.Module, batches: Sequence[Batch], learning_rate: float) -> list[float]:
        if train_mode:
            model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
        losses = []
        for x, y in batches:
            if not optimizer_once:
                optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
            loss = token_losses(model, x, y).mean()
            if step_first:
                optimizer.step()
            if zero == "before backward":
                optimizer.zero_grad()
            loss.backward()
            if zero == "before step":
                optimizer.zero_grad()
            if not step_first:
                optimizer.step()
            with torch.no_grad():
                losses.append((token_losses(model, x, y).mean() if loss_afterwards else loss).item())
        return losses

    return loop


def loop_cases(generator: torch.Generator) -> list[Case]:
    """One step, two, and six on batches that differ; the last model comes in eval mode, as after a validation."""

    def case(count: int, training: bool, label: str) -> Case:
        batches = draw_batches([2] * count, 4, 5, generator)
        return Case((draw_weights(5, generator), batches, 0.05), {"training": training}, label=label)

    return [
        case(1, True, "1 batch"),
        case(2, True, "2 batches"),
        case(6, False, "6 batches, and a model that was left in eval mode"),
    ]


EXERCISE = Exercise(
    name="train_steps",
    reference=train_steps,
    cases=loop_cases,
    drive=drive.train_bigram,
    may_change_inputs=("model",),
    misconceptions=(
        Misconception(
            "zero_grad forgotten",
            loop_with(zero="never"),
            "backward adds to .grad, so each step follows the sum of all gradients since the beginning.",
        ),
        Misconception(
            "gradients cleared before the step",
            loop_with(zero="before step"),
            "Between backward and step nobody may clear: the optimizer finds nothing, and nothing is learned.",
        ),
        Misconception(
            "the step before backward",
            loop_with(step_first=True),
            "step uses what is in .grad at that moment: the gradient of the batch before, or none.",
        ),
        Misconception(
            "a new optimizer each step",
            loop_with(optimizer_once=False),
            "AdamW's averages live in the optimizer. Made anew, it begins with its first step again and again.",
        ),
        Misconception(
            "still in eval mode",
            loop_with(train_mode=False),
            "The model comes from a validation and is still in eval mode: without model.train() dropout stays off.",
        ),
        Misconception(
            "the loss after the step",
            loop_with(loss_afterwards=True),
            "The loss to report is the one that backward was called on. A second forward pass doubles the cost.",
        ),
    ),
    hints=(
        "Print the length of the gradient at each step, for a batch that is the same every time. Should it grow?",
        "What does .backward() do to a .grad that is already there?",
        "Put optimizer.zero_grad() before loss.backward(), and model.train() before the loop.",
    ),
    review="lesson 11, 'A mistake that everybody makes once'",
    tolerance=1e-6,
)
