"""A loop of training steps, and what becomes of it with the mistakes that are made in it, for lesson 11."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from course_lib.checks.training.inputs import Batch, token_losses


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


def adamw(parameters: Iterator[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    """The optimizer that is asked for."""
    return torch.optim.AdamW(parameters, lr=rate)


def loop_with(
    *,
    zero: str = "before backward",
    optimizer_once: bool = True,
    train_mode: bool = True,
    step_first: bool = False,
    loss_afterwards: bool = False,
    make: Callable[..., torch.optim.Optimizer] = adamw,
    steps_at_the_end: bool = False,
    reduce: Callable[[torch.Tensor], torch.Tensor] = torch.mean,
    as_numbers: bool = True,
    steps: int = 1,
    target: Callable[[Batch], torch.Tensor] = lambda batch: batch[1],
    clip: float | None = None,
) -> Callable[[nn.Module, Sequence[Batch], float], list[float]]:
    """The loop with one of its parts in the wrong place.

    zero: "never", "before step" or "before backward".

    steps: of the optimizer for each batch.   target: what is to be predicted.   clip: to which length of the gradient.
    """

    def loop(model: nn.Module, batches: Sequence[Batch], learning_rate: float) -> list[float]:
        if train_mode:
            model.train()
        optimizer = make(model.parameters(), learning_rate)
        losses: list[Any] = []
        for x, y in batches:
            if not optimizer_once:
                optimizer = make(model.parameters(), learning_rate)
            y = target((x, y))
            loss = reduce(token_losses(model, x, y))
            if step_first:
                optimizer.step()
            if zero == "before backward":
                optimizer.zero_grad()
            loss.backward()
            if zero == "before step":
                optimizer.zero_grad()
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            for _ in range(0 if step_first or steps_at_the_end else steps):
                optimizer.step()
            with torch.no_grad():
                shown = token_losses(model, x, y).mean() if loss_afterwards else loss
                losses.append(shown.item() if as_numbers else shown)
        if steps_at_the_end:
            optimizer.step()
        return losses

    return loop
