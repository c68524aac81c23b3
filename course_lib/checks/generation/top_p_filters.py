"""Top-p, and what becomes of it with the mistakes that are made in it."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Misconception
from course_lib.checks.generation.inputs import logits_of


def kept(result: Tensor) -> list[list[int]]:
    """The ids that still have a chance, row by row."""
    return [row.isfinite().nonzero()[:, 0].tolist() for row in result]


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """−inf for all but the fewest most likely tokens whose probabilities add up to p or more."""
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # the sum without the token itself
    return put_back(logits, order, before < p)


def put_back(logits: Tensor, order: Tensor, stays: Tensor) -> Tensor:
    """−inf where the sorted mask says so, each token in its own place."""
    return logits.masked_fill(~torch.zeros_like(stays).scatter(-1, order, stays), -math.inf)


def top_p_with(
    stays: Callable[[Tensor, Tensor, float], Tensor], *, descending: bool = True
) -> Callable[[Tensor, float], Tensor]:
    """`keep_top_p` with another rule for what stays (sorted probabilities, their running sum, p), or another order."""

    def mutant(logits: Tensor, p: float) -> Tensor:
        ordered, order = logits.sort(dim=-1, descending=descending, stable=True)
        probabilities = torch.softmax(ordered, dim=-1)
        return put_back(logits, order, stays(probabilities, probabilities.cumsum(dim=-1), p))

    return mutant


def mask_left_in_order(logits: Tensor, p: float) -> Tensor:
    """What was found for the sorted tokens is applied to the unsorted ones."""
    ordered = torch.softmax(logits.sort(dim=-1, descending=True).values, dim=-1)
    return logits.masked_fill(ordered.cumsum(dim=-1) - ordered >= p, -math.inf)


def logits_left_in_order(logits: Tensor, p: float) -> Tensor:
    """The right logits in the wrong places: sorted, so that a token's number says nothing any more."""
    ordered = logits.sort(dim=-1, descending=True, stable=True).values
    probabilities = torch.softmax(ordered, dim=-1)
    return ordered.masked_fill(probabilities.cumsum(dim=-1) - probabilities >= p, -math.inf)


def exactly_at_the_border() -> list[Case]:
    """Chances whose sums are exact in binary, so that every way to add them up meets p to the last bit."""
    chances, deeper = (0.25, 0.5, 0.25), (0.125, 0.5, 0.25, 0.125)
    if not all(torch.equal(torch.softmax(logits_of(*c), dim=-1), torch.tensor([c])) for c in (chances, deeper)):
        return []  # a machine whose exponentials are rounded otherwise: there p would not be met
    return [
        Case((logits_of(*chances), 0.5), label="0.25, 0.5, 0.25, and p = 0.5: the likeliest has exactly p"),
        Case((logits_of(*deeper), 0.75), label="0.125, 0.5, 0.25, 0.125, and p = 0.75: two have exactly p"),
    ]


def one_more_at_the_border(logits: Tensor, p: float) -> Tensor:
    """The token after the one with which the sum is p to the last bit stays too."""
    return top_p_with(lambda probabilities, total, p: total - probabilities <= p)(logits, p)


def brought_back_with_gather(logits: Tensor, p: float) -> Tensor:
    """The mask is sorted a second time instead of brought back."""
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = torch.softmax(ordered, dim=-1)
    gone = probabilities.cumsum(dim=-1) - probabilities >= p
    return logits.masked_fill(gone.gather(-1, order), -math.inf)


def logits_added(logits: Tensor, p: float) -> Tensor:
    """Logits are added up as if they were probabilities."""
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    return put_back(logits, order, ordered.cumsum(dim=-1) - ordered < p)


def ordered_as(
    order_of: Callable[[Tensor], Tensor] = lambda order: order,
    *,
    put: bool = True,
    probabilities_of_sorted: bool = True,
) -> Callable[[Tensor, float], Tensor]:
    """`keep_top_p` with another order to bring the mask back, another way to, or probabilities in another order."""

    def mutant(logits: Tensor, p: float) -> Tensor:
        ordered, order = logits.sort(dim=-1, descending=True, stable=True)
        probabilities = torch.softmax(ordered if probabilities_of_sorted else logits, dim=-1)
        stays = probabilities.cumsum(dim=-1) - probabilities < p
        back = order_of(order)
        return put_back(logits, back, stays) if put else logits.masked_fill(~stays[:, back[0]], -math.inf)

    return mutant


def row_of_the_first(order: Tensor) -> Tensor:
    """The order of row 0 for all rows."""
    return order[:1].expand_as(order)


OF_ORDERS = (
    Misconception(
        "the first row's order for all",
        ordered_as(row_of_the_first),
        "You bring every row's mask back by the order of row 0. Each row was sorted by itself: scatter(-1, order, …).",
    ),
    Misconception(
        "the mask indexed with the first row's order",
        ordered_as(put=False),
        "Indexing with the sorting order sorts a second time, and here by the order of row 0 for all rows. To bring "
        "the "
        "mask back to the ids use scatter(-1, order, …).",
    ),
    Misconception(
        "probabilities not sorted",
        ordered_as(probabilities_of_sorted=False),
        "You add up the probabilities in the order of ids, and then treat the sums as those of sorted tokens. Take the "
        "softmax of the sorted logits.",
    ),
    Misconception(
        "what should go is kept",
        lambda logits, p: logits.masked_fill(keep_top_p(logits, p).isfinite(), -math.inf),
        "The two are exchanged: you remove the most likely tokens, and keep the tail.",
    ),
    Misconception(
        "0.9, whatever p is",
        lambda logits, p: keep_top_p(logits, 0.9),
        "You compute with p = 0.9. The share is the argument p.",
    ),
)
