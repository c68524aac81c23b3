"""Ways to validate, for lesson 11."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from course_lib.checks.engine.exercise import Misconception
from course_lib.checks.training.inputs import Batch, token_losses


def validation_loss(model: nn.Module, batches: Sequence[Batch]) -> float:
    """Mean loss over all tokens, in eval mode, without gradients; the mode is put back."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        total = sum(token_losses(model, x, y).sum().item() for x, y in batches)
    model.train(was_training)
    return total / sum(y.numel() for _, y in batches)


def validation_with(
    *,
    evaluating: bool = True,
    afterwards: Callable[[bool], bool] = lambda was_training: was_training,
    recorded: bool = False,
    by_batch: bool = False,
    count: Callable[[Tensor], int] = Tensor.numel,
    whole: bool = False,
) -> Callable[[nn.Module, Sequence[Batch]], float]:
    """The validation with one of its parts left out."""

    def validate(model: nn.Module, batches: Sequence[Batch]) -> float:
        was_training = model.training
        if evaluating:
            model.eval()
        with torch.set_grad_enabled(recorded):
            means = [token_losses(model, x, y).mean().item() for x, y in batches]
        model.train(afterwards(was_training))
        if by_batch:
            return sum(means) / len(means)
        sizes = [y.numel() for _, y in batches]
        return sum(m * n for m, n in zip(means, sizes, strict=True)) / (
            1 if whole else sum(count(y) for _, y in batches)
        )

    return validate


def median_with(median: Callable[[Tensor], Tensor], *, of_tokens: bool) -> Callable[..., float]:
    """A median of the tokens' losses, or of the batches' means."""

    def validate(model: nn.Module, batches: Sequence[Batch]) -> float:
        was_training = model.training
        model.eval()
        with torch.no_grad():
            losses = [token_losses(model, x, y) for x, y in batches]
        model.train(was_training)
        return median(torch.cat(losses) if of_tokens else torch.stack([one.mean() for one in losses])).item()

    return validate


MEDIANS = tuple(
    Misconception(
        f"{name} of the {'tokens' if of_tokens else 'batches'}",
        median_with(median, of_tokens=of_tokens),
        "You take the median, the one in the middle. Asked for is the mean: the sum over all tokens, divided by their "
        "number.",
    )
    for name, median in (("the median", lambda losses: losses.quantile(0.5)), ("torch's median", torch.median))
    for of_tokens in (True, False)
)


def weighted_by_windows(model: nn.Module, batches: Sequence[Batch]) -> float:
    """Means weighted by the number of windows, whatever their length."""
    windows = sum(len(y) for _, y in batches)
    return sum(validation_loss(model, [batch]) * len(batch[1]) for batch in batches) / windows


def without_gradients_afterwards(model: nn.Module, batches: Sequence[Batch]) -> float:
    """The parameters are told that they need no gradient, and never again that they do."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return validation_loss(model, batches)
