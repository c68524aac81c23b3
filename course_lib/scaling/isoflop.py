"""IsoFLOP curves: many sizes, each trained with the same number of operations, and the bottom of the bowl."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Bottom(NamedTuple):
    """Where a curve is lowest: parameters, and the loss there."""

    N: float
    loss: float


def bottom_of(N: Sequence[float], loss: Sequence[float]) -> Bottom | None:
    """The lowest point of a parabola through loss against ln N (Hoffmann et al. 2022, section 3.2).

    None if there is no bottom between the smallest and the largest N: then the sizes that were tried do not hold it.
    Raises ValueError if there are fewer than three sizes.
    """
    if len(N) < 3 or len(N) != len(loss):
        raise ValueError(f"a parabola needs three sizes, each with a loss, got {len(N)} and {len(loss)}")
    x = np.log(np.asarray(N, dtype=float))
    centre = x.mean()
    a, b, c = np.polyfit(x - centre, np.asarray(loss, dtype=float), 2)
    if a <= 0:
        return None
    lowest = -b / (2 * a)
    if not x.min() <= lowest + centre <= x.max():
        return None
    return Bottom(float(np.exp(lowest + centre)), float(c - b * b / (4 * a)))
