"""What a part of a model is worth: the nats that its absence costs, story by story, with a standard error."""

import math
from collections.abc import Collection

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.corpus import Estimate
from course_lib.interpretability.patching import Head, heads_replaced
from course_lib.interpretability.recording import head_outputs

AT_ONCE = 32  # stories a batch
NORMAL = 1.96  # standard errors to each side that hold 95 % of a normal distribution


@torch.no_grad()
def nats(model: nn.Module, tokens: Int[Tensor, "B T_plus_1"], counted: Bool[Tensor, "B T"]) -> Float[Tensor, " B"]:
    """−log p of the counted tokens of each row, added up: counted[b, t] counts the prediction of tokens[b, t + 1].

    Raises ValueError if `counted` has not one column fewer than `tokens`.
    """
    if counted.shape != tokens[:, 1:].shape:
        raise ValueError(
            f"one truth value for each prediction, {tuple(tokens[:, 1:].shape)}; got {tuple(counted.shape)}"
        )
    rows = []
    for some, theirs in zip(tokens.split(AT_ONCE), counted.split(AT_ONCE), strict=True):
        logits = model.head(model.hidden(some[:, :-1])[theirs])  # type: ignore[operator]  # (counted, V): no others are computed
        losses = torch.zeros(theirs.shape)
        losses[theirs] = F.cross_entropy(logits.float(), some[:, 1:][theirs], reduction="none")
        rows.append(losses.sum(dim=1))
    return torch.cat(rows)


@torch.no_grad()
def mean_outputs(
    model: nn.Module, tokens: Int[Tensor, "B T_plus_1"], real: Bool[Tensor, "B T"]
) -> Float[Tensor, "L H D"]:
    """The mean output of each head over all real tokens: what it says when it knows nothing of the text at hand."""
    total: Tensor | float = 0.0
    for some, theirs in zip(tokens.split(AT_ONCE), real.split(AT_ONCE), strict=True):
        gathered = head_outputs(model, some[:, :-1])  # (L, B, H, T, D)
        total = total + (gathered * theirs[None, :, None, :, None]).sum(dim=(1, 3))
    assert isinstance(total, Tensor)
    return total / real.sum()


def worth(
    model: nn.Module,
    heads: Collection[Head],
    tokens: Int[Tensor, "B T_plus_1"],
    counted: Bool[Tensor, "B T"],
    means: Float[Tensor, "L H D"] | None = None,
) -> Estimate:
    """Nats a story that these heads save on the counted tokens: the loss without them less the loss with them.

    A missing head gives zeros or, with `means` from `mean_outputs`, its mean. Zero is a value that
    the rest of the model may never have met, so that it can cost more than the head is worth.

    The two losses are of the same stories, so their difference is taken story by story, and the standard error is that
    of the differences: much smaller than that of either loss. Raises ValueError if there are fewer than two stories.
    """
    if len(tokens) < 2:
        raise ValueError(f"an estimate needs at least 2 stories, got {len(tokens)}")
    values = {head: torch.zeros(()) if means is None else means[head.layer, head.head] for head in heads}
    with heads_replaced(model, values):
        without = nats(model, tokens, counted)
    return estimate(without - nats(model, tokens, counted))


def estimate(values: Float[Tensor, " n"]) -> Estimate:
    """The mean of independent values, and its standard error. Raises ValueError if there are fewer than two."""
    if len(values) < 2:
        raise ValueError(f"an estimate needs at least 2 values, got {len(values)}")
    return Estimate(values.mean().item(), values.std().item() / math.sqrt(len(values)))


def interval(estimate: Estimate) -> tuple[float, float]:
    """From where to where the true mean lies, in 95 of 100 such measurements: the mean ± 1.96 standard errors."""
    reach = NORMAL * estimate.standard_error
    return estimate.mean - reach, estimate.mean + reach
