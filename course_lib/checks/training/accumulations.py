"""Gradients added up over pieces of a batch, and what becomes of them with the mistakes that are made in it."""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from course_lib.checks.engine.exercise import Misconception
from course_lib.checks.training.inputs import Batch, token_losses


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


def count_tokens(batch: Batch, batches: Sequence[Batch]) -> float:
    """A loss that is a sum, not a mean."""
    return batch[1].numel()


def last_loss(model: nn.Module, batches: Sequence[Batch]) -> float:
    """Each piece's loss replaces the one before."""
    accumulate_gradients(model, batches)
    with torch.no_grad():
        return token_losses(model, *batches[-1]).mean().item()


def one_backward(model: nn.Module, batches: Sequence[Batch]) -> float:
    """All graphs are kept until the end."""
    loss = torch.cat([token_losses(model, x, y) for x, y in batches]).mean()
    loss.backward()
    return loss.item()


def all_at_once(model: nn.Module, batches: Sequence[Batch]) -> float:
    """The large batch that was to be avoided."""
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return accumulate_gradients(model, [(x, y)])


def with_its_graph(model: nn.Module, batches: Sequence[Batch]) -> torch.Tensor:
    """The losses are added up as tensors."""
    tokens = sum(y.numel() for _, y in batches)
    losses = []
    for x, y in batches:
        losses.append(token_losses(model, x, y).sum() / tokens)
        losses[-1].backward()
    return torch.stack(losses).sum()


def by_windows(batch: Batch, batches: Sequence[Batch]) -> float:
    """A sum over tokens, divided by the windows of all batches."""
    return batch[1].numel() / sum(len(y) for _, y in batches)


def share_of_windows(batch: Batch, batches: Sequence[Batch]) -> float:
    """Means weighted by the number of windows."""
    return len(batch[1]) / sum(len(y) for _, y in batches)


def cleared_each_time(model: nn.Module, batches: Sequence[Batch]) -> float:
    """`zero_grad` in the loop."""
    total, tokens = 0.0, sum(y.numel() for _, y in batches)
    for x, y in batches:
        loss = token_losses(model, x, y).sum() / tokens
        model.zero_grad()
        loss.backward()
        total += loss.item()
    return total


def without_backward(model: nn.Module, batches: Sequence[Batch]) -> float:
    """The loss alone."""
    losses = [token_losses(model, x, y).detach() for x, y in batches]
    return torch.cat(losses).mean().item()


def means_by_tokens(batch: Batch, batches: Sequence[Batch]) -> float:
    """A mean, divided by the number of all tokens as if it were a sum."""
    return 1 / sum(y.numel() for _, y in batches)


def first_size_for_all(batch: Batch, batches: Sequence[Batch]) -> float:
    """Every piece is taken to be as large as the first."""
    return batch[1].numel() / (len(batches) * batches[0][1].numel())


def all_divided_each_time(model: nn.Module, batches: Sequence[Batch]) -> float:
    """After each piece all that has added up is divided, the earlier pieces once more."""
    total = 0.0
    for x, y in batches:
        loss = token_losses(model, x, y).mean()
        loss.backward()
        total += loss.item()
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.grad /= len(batches)
    return total / len(batches)


def targets_by_columns(model: nn.Module, batches: Sequence[Batch]) -> float:
    """The logits text by text, the targets position by position."""
    tokens, total = sum(y.numel() for _, y in batches), 0.0
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.T.flatten(), reduction="sum") / tokens
        loss.backward()
        total += loss.item()
    return total


def last_share(model: nn.Module, batches: Sequence[Batch]) -> float:
    """The share of the last piece alone is returned."""
    accumulate_gradients(model, batches)
    with torch.no_grad():
        return token_losses(model, *batches[-1]).sum().item() / sum(y.numel() for _, y in batches)


OF_SHARES = (  # what a piece counts for, and what is returned
    Misconception(
        "means divided by the tokens",
        accumulation_with(means_by_tokens, means_by_tokens),
        "Each piece's loss is a mean already, and you divide it by the number of all tokens as if it were a sum. "
        'Take reduction="sum", or weight the means by tokens.',
    ),
    Misconception(
        "all pieces taken to be as large as the first",
        accumulation_with(first_size_for_all, first_size_for_all),
        "You count the tokens of the first piece for every one of them. Add up y.numel() over the pieces.",
    ),
    Misconception(
        "earlier pieces divided again",
        all_divided_each_time,
        "After each piece you divide all of .grad, in which the pieces before are divided already. Scale each "
        "piece's loss before backward().",
    ),
    Misconception(
        "targets in another order",
        targets_by_columns,
        "Logits and targets are flattened in different orders, so that each position meets another one's target: "
        "y.flatten(), without a transpose.",
    ),
    Misconception(
        "the share of the last piece",
        last_share,
        "The gradients are right. But you return what the last piece adds to the loss: add up over all pieces.",
    ),
    Misconception(
        "the loss divided once more",
        lambda model, batches: accumulate_gradients(model, batches) / len(batches),
        "The gradients are right. But the loss that you return is the mean over all tokens already, and is then "
        "divided by the number of pieces.",
    ),
)
