"""What can be seen at tensors that are right but for a number of each row, or nearly right."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.likeness.pairs import Pair, Relation, close, every, tensors_of

FEWEST = 3  # numbers of a row that must agree with a guess about it


def by_rows(pairs: Sequence[Pair]) -> str | None:
    """A factor or an offset of its own for each row, along one dimension counted from the end."""
    tensors = tensors_of(pairs)
    if any(wanted.dim() < 2 or not (wanted.isfinite() & got.isfinite()).all() for wanted, got in tensors):
        return None
    for dim in range(-1, -1 - min(wanted.dim() for wanted, _ in tensors), -1):
        if max(wanted.shape[dim] for wanted, _ in tensors) < FEWEST or min(w.shape[dim] for w, _ in tensors) < 2:
            continue
        name = "each row" if dim == -1 else "each column" if dim == -2 else f"along dimension {dim} everything"
        if all(close(got - wanted, (got - wanted).mean(dim, keepdim=True).expand_as(got)) for wanted, got in tensors):
            return f"{name} is right but for one number that is added to all of it"
        if all(close(got, wanted * _ratio_along(wanted, got, dim)) for wanted, got in tensors):
            return (
                f"{name} is right but for a factor of its own: is it divided by, or multiplied with, "
                "a number that was reckoned along another dimension?"
            )
    return None


def _ratio_along(wanted: Tensor, got: Tensor, dim: int) -> Tensor:
    """The ratio at the largest entry along dim, as a tensor that can be multiplied."""
    largest = wanted.abs().argmax(dim, keepdim=True)
    bottom = wanted.gather(dim, largest)
    return torch.where(bottom == 0, 1.0, got.gather(dim, largest) / torch.where(bottom == 0, 1.0, bottom))


def near(pairs: Sequence[Pair]) -> str | None:
    """Nearly right, everywhere."""
    whole = every(pairs, lambda wanted, got: bool((wanted == wanted.round()).all()))  # those are counts, not measured
    if not whole and every(pairs, lambda wanted, got: _distance(wanted, got) < 0.01):
        return (
            "your numbers are less than 1 % off: is a constant rounded, a small number such as eps added, forgotten or "
            "in another place, or something reckoned in lower precision?"
        )
    return None


def _distance(wanted: Tensor, got: Tensor) -> float:
    """The largest difference as a part of the largest number."""
    if not torch.equal(wanted.isfinite(), got.isfinite()) or not wanted.isfinite().any():
        return math.inf
    finite = wanted.isfinite()
    size = float(wanted[finite].abs().max())
    return float((wanted - got)[finite].abs().max()) / size if size else math.inf


RELATIONS: tuple[Relation, ...] = (near, by_rows)
