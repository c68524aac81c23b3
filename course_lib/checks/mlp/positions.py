"""An MLP works on each position alone: the test of it, and sizes to draw."""

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Failed


def require_only_position(position: int, moved: Tensor) -> None:
    """Raise Failed unless of all outputs only the one at `position` moved."""
    wrong = [t for t, distance in enumerate(moved.tolist()) if (distance > 0) != (t == position)]
    if wrong:
        raise Failed(
            f"only position {position} of {len(moved)} was changed, so only its output should move; "
            f"wrong at the positions {wrong}"
        )


def draw(generator: torch.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))
