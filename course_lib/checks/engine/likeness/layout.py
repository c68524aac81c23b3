"""What can be seen at tensors with the right numbers in the wrong places, or in another shape."""

from collections.abc import Callable, Sequence
from itertools import permutations

import torch
from torch import Tensor

from course_lib.checks.engine.likeness.pairs import Pair, Relation, close, every, tensors_of

REDUCED: dict[str, Callable[..., Tensor]] = {"the sum": torch.sum, "the mean": torch.mean}
MOST_DIMENSIONS = 5  # orders of dimensions are tried up to here: 120 of them


def _tells(pairs: Sequence[Pair]) -> bool:
    """Whether there are different numbers, so that their places can be told."""
    return any(wanted.numel() > 2 and bool((wanted != wanted.flatten()[0]).any()) for wanted, _ in tensors_of(pairs))


def dimensions(pairs: Sequence[Pair]) -> str | None:
    """The dimensions in another order."""
    dims = {tensor.dim() for both in tensors_of(pairs) for tensor in both}
    if len(dims) != 1 or not 2 <= max(dims) <= MOST_DIMENSIONS or not _tells(pairs):
        return None
    for order in permutations(range(max(dims))):
        if order == tuple(range(len(order))):
            continue
        if every(pairs, lambda wanted, got: close(got, wanted.permute(order))):  # noqa: B023 - used at once
            moved = [place for place, dim in enumerate(order) if place != dim]
            if len(moved) == 2:
                return (
                    f"the numbers are right, with the dimensions {moved[0]} and {moved[1]} exchanged: is a transpose "
                    "missing, or one too many?"
                )
            return f"the numbers are right, with their dimensions in another order: yours have the expected {order}"
    return None


def axes_of_one(pairs: Sequence[Pair]) -> str | None:
    """Axes of size one too many or missing, or another shape altogether, with the numbers in order."""
    if not every(pairs, lambda wanted, got: wanted.shape != got.shape and close(got.flatten(), wanted.flatten())):
        return None
    if every(pairs, lambda wanted, got: wanted.squeeze().shape == got.squeeze().shape):
        more = every(pairs, lambda wanted, got: got.dim() > wanted.dim())
        fewer = every(pairs, lambda wanted, got: got.dim() < wanted.dim())
        if more:
            return "the numbers are right, and an axis of size 1 is too many"
        if fewer:
            return "the numbers are right, and an axis of size 1 is missing"
    return "the numbers are right and in the right order, only their shape is another: reshape them"


def laid_out(pairs: Sequence[Pair]) -> str | None:
    """Numbers at places that come of a reshape between exchanged dimensions."""
    if not _tells(pairs) or not every(pairs, _is_laid_out):
        return None
    return (
        "the numbers are right, but laid out in another order: a reshape does not exchange dimensions, and a transpose "
        "before or after it is missing, or one too many"
    )


def _is_laid_out(wanted: Tensor, got: Tensor) -> bool:
    if wanted.numel() != got.numel() or max(wanted.dim(), got.dim()) > MOST_DIMENSIONS:
        return False
    for one, other in ((wanted, got), (got, wanted)):
        for order in permutations(range(one.dim())):
            if close(one.permute(order).reshape(-1), other.reshape(-1)):
                return True
    return False


def moved(pairs: Sequence[Pair]) -> str | None:
    """Turned round or shifted along a dimension."""
    if not _tells(pairs) or not every(pairs, lambda wanted, got: wanted.shape == got.shape):
        return None
    for dim in range(min(wanted.dim() for wanted, _ in tensors_of(pairs))):
        back = dim - max(wanted.dim() for wanted, _ in tensors_of(pairs))
        if every(pairs, lambda wanted, got: close(got, wanted.flip(dim))):  # noqa: B023 - used at once
            return f"the numbers are right, in the opposite order along dimension {back}"
        if max(wanted.shape[dim] for wanted, _ in tensors_of(pairs)) < 4:
            continue
        for by in (1, -1, 2, -2):
            if every(pairs, lambda wanted, got: _is_shifted(wanted, got, dim, by)):  # noqa: B023 - used at once
                if by > 0:
                    return f"your numbers are shifted by {by} towards the end of dimension {back}"
                return f"your numbers are shifted by {-by} towards the start of dimension {back}"
    return None


def _is_shifted(wanted: Tensor, got: Tensor, dim: int, by: int) -> bool:
    length = wanted.shape[dim] - abs(by)
    if length < 1:
        return True
    first, second = (0, by) if by > 0 else (-by, 0)
    return close(got.narrow(dim, second, length), wanted.narrow(dim, first, length))


def another_order(pairs: Sequence[Pair]) -> str | None:
    """The same numbers anywhere."""
    if not _tells(pairs) or not every(pairs, lambda wanted, got: wanted.numel() == got.numel()):
        return None
    if every(pairs, lambda w, g: w.shape == g.shape and w.dim() > 1 and close(g.sort(-1)[0], w.sort(-1)[0])):
        return "each row has the right numbers, in another order"
    if every(pairs, lambda wanted, got: close(got.flatten().sort()[0], wanted.flatten().sort()[0])):
        return "the numbers are the right ones, at other places"
    return None


def reduced(pairs: Sequence[Pair]) -> str | None:
    """Added up or averaged along a dimension, or not yet."""
    for dim in range(-1, -1 - max((tensor.dim() for both in tensors_of(pairs) for tensor in both), default=0), -1):
        for name, reduce in REDUCED.items():
            if every(pairs, lambda wanted, got: _is_reduced(got, wanted, dim, reduce)):  # noqa: B023 - used at once
                return f"what is expected is {name} of yours along dimension {dim}"
            if every(pairs, lambda wanted, got: _is_reduced(wanted, got, dim, reduce)):  # noqa: B023 - used at once
                return f"yours is {name} of what is expected along dimension {dim}"
    for name, reduce in REDUCED.items():
        if every(pairs, lambda wanted, got: wanted.dim() > 0 and close(got.squeeze(), reduce(wanted))):  # noqa: B023
            return f"yours is {name} of all that is expected"
        if every(pairs, lambda wanted, got: got.dim() > 0 and close(reduce(got), wanted.squeeze())):  # noqa: B023
            return f"what is expected is {name} of all of yours"
    return None


def _is_reduced(one: Tensor, other: Tensor, dim: int, reduce: Callable[..., Tensor]) -> bool:
    """Whether one, with its dimension dim reduced, is the other."""
    if one.dim() < -dim or one.dim() - other.dim() not in (0, 1) or one.shape[dim] < 2:
        return False
    return close(reduce(one, dim, keepdim=one.dim() == other.dim()), other)


def entries(pairs: Sequence[Pair]) -> str | None:
    """Entries too many or missing at one end of a dimension."""
    if not every(pairs, lambda wanted, got: wanted.dim() == got.dim() > 0 and wanted.shape != got.shape):
        return None
    for dim in range(-1, -1 - min(wanted.dim() for wanted, _ in tensors_of(pairs)), -1):
        by = [got.shape[dim] - wanted.shape[dim] for wanted, got in tensors_of(pairs)]
        if min(by) <= 0 <= max(by):
            continue
        at_end = every(pairs, lambda wanted, got: _is_part(wanted, got, dim, 0))  # noqa: B023 - used at once
        at_start = every(pairs, lambda wanted, got: _is_part(wanted, got, dim, 1))  # noqa: B023 - used at once
        if by[0] > 0 and at_end:
            return f"there is too much at the end of dimension {dim}, the rest is right"
        if by[0] > 0 and at_start:
            return f"there is too much at the start of dimension {dim}, the rest is right"
        if at_end:
            return f"something is missing at the end of dimension {dim}, the rest is right"
        if at_start:
            return f"something is missing at the start of dimension {dim}, the rest is right"
    return None


def _is_part(wanted: Tensor, got: Tensor, dim: int, side: int) -> bool:
    longer, shorter = (got, wanted) if got.shape[dim] > wanted.shape[dim] else (wanted, got)
    length, more = shorter.shape[dim], longer.shape[dim] - shorter.shape[dim]
    return length > 0 and close(longer.narrow(dim, side * more, length), shorter)


RELATIONS: tuple[Relation, ...] = (dimensions, axes_of_one, laid_out, moved, another_order, entries, reduced)
