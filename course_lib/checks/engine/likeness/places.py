"""At which places of a tensor the numbers are wrong, where that can be said in a few words."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.likeness.pairs import ABSOLUTE, RELATIVE, Pair

Region = Callable[[Tensor], Tensor]  # of what is expected: True in the region


def _wrong(wanted: Tensor, got: Tensor) -> Tensor:
    return ~torch.isclose(got, wanted, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def _along(dim: int, start: int | None, stop: int | None) -> Region:
    def region(wanted: Tensor) -> Tensor:
        mask = torch.zeros_like(wanted, dtype=torch.bool)
        mask.movedim(dim, 0)[start:stop] = True
        return mask

    return region


def _regions(dims: int) -> dict[str, Region]:
    found: dict[str, Region] = {}
    for dim in range(-1, -1 - dims, -1):
        what = {1: "entry", 2: "row or column"}.get(dims, "entry")
        where = "" if dims == 1 else f" of dimension {dim}"
        found |= {
            f"the first {what}{where}": _along(dim, 0, 1),
            f"the last {what}{where}": _along(dim, -1, None),
            f"all but the first {what}{where}": _along(dim, 1, None),
            f"all but the last {what}{where}": _along(dim, 0, -1),
        }
    if dims >= 2:
        found |= {
            "the diagonal of the last two dimensions": lambda w: torch.ones_like(w).tril().triu().bool(),
            "the part above the diagonal": lambda w: torch.ones_like(w).triu(1).bool(),
            "the part below the diagonal": lambda w: torch.ones_like(w).tril(-1).bool(),
        }
    return found | {
        "the places where −inf is expected": lambda w: w == -torch.inf,
        "the places where 0 is expected": lambda w: w == 0,
        "the places where a negative number is expected": lambda w: w < 0,
        "the places where a positive number is expected": lambda w: w > 0,
    }


def place(pairs: Sequence[Pair]) -> str | None:
    """The smallest region in which all that is wrong lies, and nothing right: "only … is wrong"."""
    tensors = [both for pair in pairs if (both := pair.tensors) is not None and both[0].shape == both[1].shape]
    if len(tensors) < len(pairs) or len({wanted.dim() for wanted, _ in tensors}) != 1 or not tensors[0][0].dim():
        return None
    masks = [(wanted, _wrong(wanted, got)) for wanted, got in tensors]
    for name, region in _regions(tensors[0][0].dim()).items():
        here = [(region(wanted), wrong) for wanted, wrong in masks]
        # Somewhere there must be enough beside the region to tell it from the whole.
        if not any(inside.numel() - int(inside.sum()) > 1 and int(wrong.sum()) for inside, wrong in here):
            continue
        if all(bool((wrong <= inside).all()) for inside, wrong in here) and _filled(here):
            return f"only {name} is wrong" if not name.startswith("the places") else f"wrong are only {name}"
    return None


def _filled(here: Sequence[tuple[Tensor, Tensor]]) -> bool:
    """Whether most of each region is wrong, so that the region says where and not more."""
    return all(int((wrong & inside).sum()) >= 0.75 * int(inside.sum()) for inside, wrong in here if wrong.any())
