"""A learning rate's way up and down, and what becomes of it with the mistakes that are made in it."""

import math
from collections.abc import Callable

from course_lib.checks.engine.exercise import Misconception


def cosine_rate(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
    """Up a line over `warmup_steps`, then down half a cosine to `final_fraction` of the peak at the last step."""
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (steps - 1 - warmup_steps)  # 0 … 1
    cosine = (1 + math.cos(math.pi * progress)) / 2  # 1 … 0
    return peak * (final_fraction + (1 - final_fraction) * cosine)


def schedule_with(
    *,
    first: int = 1,
    begin: Callable[[int], int] = lambda warmup_steps: warmup_steps,
    last: int = 1,
    turn: float = math.pi,
    curve: Callable[[float], float] | None = None,
    longer: int = 0,
    divisor: int = 0,
    blend: Callable[[float, float], float] = lambda cosine, floor: floor + (1 - floor) * cosine,
) -> Callable[..., float]:
    """The schedule with one of its parts replaced. longer, divisor: steps that are too many in the warm-up."""

    def schedule(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
        if step < warmup_steps + longer:
            return peak * (step + first) / (warmup_steps + divisor)
        progress = (step - begin(warmup_steps)) / (steps - last - begin(warmup_steps))
        cosine = curve(progress) if curve else (1 + math.cos(turn * progress)) / 2
        return peak * blend(cosine, final_fraction)

    return schedule


def divided_before_asking(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
    """Computes the warm-up's rate whether it is wanted or not."""
    rising = peak * (step + 1) / warmup_steps
    return rising if step < warmup_steps else cosine_rate(step, steps, warmup_steps, peak, final_fraction)


def warmed_up_from_the_floor(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
    """The warm-up begins where the cosine will end."""
    rate = cosine_rate(step, steps, warmup_steps, peak, final_fraction)
    return peak * final_fraction + (1 - final_fraction) * rate if step < warmup_steps else rate


def warmed_up_on_the_way_down(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
    """The cosine falls from the first step, and the warm-up multiplies it."""
    return cosine_rate(step, steps, 0, peak, final_fraction) * min(1, (step + 1) / max(1, warmup_steps))


OF_CURVES = (
    Misconception(
        "a sine for the cosine",
        schedule_with(curve=lambda progress: (1 + math.sin(math.pi * progress)) / 2),
        "A sine begins in the middle and rises. Half a cosine goes from 1 to −1: cos(π·progress).",
    ),
    Misconception(
        "the cosine upside down",
        schedule_with(curve=lambda progress: (1 - math.cos(math.pi * progress)) / 2),
        "Your curve rises from the floor to the peak. It falls with (1 + cos(π·progress)) / 2.",
    ),
    Misconception(
        "the warm-up begins at the floor",
        warmed_up_from_the_floor,
        "The warm-up rises from 0: step 0 has peak / warmup_steps, whatever final_fraction is.",
    ),
    Misconception(
        "the warm-up times the cosine",
        warmed_up_on_the_way_down,
        "The warm-up is a line to the peak, and only then the cosine begins at the peak. You multiply the two.",
    ),
)
