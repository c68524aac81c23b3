"""Exercise 4 of lesson 10: frequency scaling."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.llama.inputs import drawn_size
from course_lib.checks.llama.slots.stretch_frequencies import VARIANTS
from course_lib.config import RopeScaling
from course_lib.llama import (
    rope_frequencies,
    scale_frequencies,
)


def stretch_frequencies(
    frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
) -> Tensor:
    """Long waves slowed down by `factor`, short ones kept, a smooth change between  (Llama 3.1)."""
    return scale_frequencies(frequencies, RopeScaling(factor, low, high, original_len))


def kept_share(frequencies: Tensor, low: float, high: float, original_len: int, turn: float = 2 * math.pi) -> Tensor:
    """1 for short waves, 0 for long ones. turn: radians of one turn."""
    turns = original_len * frequencies / turn
    return ((turns - low) / (high - low)).clamp(0, 1)


def stretch_with(
    rule: Callable[[Tensor, Tensor, float], Tensor], turn: float = 2 * math.pi
) -> Callable[[Tensor, float, float, float, int], Tensor]:
    """`stretch_frequencies` with another rule (frequencies, kept share, factor)."""

    def mutant(
        frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
    ) -> Tensor:
        return rule(frequencies, kept_share(frequencies, low, high, original_len, turn), factor)

    return mutant


def stretch_share(
    share: Callable[[Tensor, float, float], Tensor],
) -> Callable[[Tensor, float, float, float, int], Tensor]:
    """`stretch_frequencies` with another share of (turns, low, high), cut off to 0 … 1."""

    def mutant(
        frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
    ) -> Tensor:
        turns = original_len * frequencies / (2 * math.pi)
        return blended(frequencies, share(turns, low, high).clamp(0, 1), factor)

    return mutant


def blended(frequencies: Tensor, kept: Tensor, factor: float) -> Tensor:
    """The right rule."""
    return kept * frequencies + (1 - kept) * frequencies / factor


def even_in_the_wavelength(
    frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
) -> Tensor:
    """The share falls evenly with the length of the wave."""
    longest, shortest = original_len / low, original_len / high
    kept = ((longest - 2 * math.pi / frequencies) / (longest - shortest)).clamp(0, 1)
    return blended(frequencies, kept, factor)


def stretch_not_cut_off(
    frequencies: Tensor, factor: float, low: float = 1.0, high: float = 4.0, original_len: int = 8192
) -> Tensor:
    """Shares below 0 and above 1."""
    kept = (original_len * frequencies / (2 * math.pi) - low) / (high - low)
    return blended(frequencies, kept, factor)


def stretch_cases(generator: torch.Generator) -> list[Case]:
    """Waves chosen by their length, below, between and above the two borders; then Llama's own."""
    chosen = 2 * math.pi / torch.tensor([10.0, 40.0, 1000.0])
    drawn = 2 * math.pi / (torch.rand(6, generator=generator) * 300 + 5)
    factor, low = float(drawn_size(generator, 2, 9)), float(drawn_size(generator, 2, 4))
    length = drawn_size(generator, 500, 2000)
    long = 2 * math.pi / torch.cat([5 * 2000 ** torch.rand(6, generator=generator), torch.tensor([2500.0, 4000.0])])
    label = "waves of 10, 40 and 1,000 tokens, 100 tokens at first"
    return [
        Case((chosen, 8.0, 1.0, 4.0, 100), label=label),
        Case((drawn, 3.0, 2.0, 6.0, 400), label="drawn waves, borders at 2 and 6 turns in 400 tokens"),
        Case((long, factor, low, low + 3.0, length), label=f"borders at {low:g} and {low + 3:g}, {length} tokens"),
        Case((rope_frequencies(64, 500_000.0), 32.0), {}, label="Llama 3.2 1B"),
    ]


EXERCISE = Exercise(
    name="stretch_frequencies",
    reference=stretch_frequencies,
    variants=VARIANTS,
    cases=stretch_cases,
    forbidden=("course_lib.llama.scale_frequencies", "course_lib.llama.precompute_rope"),
    misconceptions=(
        Misconception(
            "all waves stretched",
            stretch_with(lambda f, kept, factor: f / factor),
            "Short waves must be kept, or the model can no longer tell neighbours apart.",
        ),
        Misconception(
            "short waves stretched",
            stretch_with(lambda f, kept, factor: blended(f, 1 - kept, factor)),
            "It is the wrong way round: a wave with many turns in the original text is kept, a long one stretched.",
        ),
        Misconception(
            "frequencies multiplied",
            stretch_with(lambda f, kept, factor: kept * f + (1 - kept) * f * factor),
            "A longer wave has a lower frequency: divide by the factor.",
        ),
        Misconception(
            "no smooth middle",
            stretch_with(lambda f, kept, factor: torch.where(kept > 0, f, f / factor)),
            "Between the borders the change is gradual: a share of the old frequency, the rest of the divided one.",
        ),
        Misconception(
            "wavelengths blended",
            stretch_with(lambda f, kept, factor: f / (kept + (1 - kept) * factor)),
            "You blend the wavelengths. Llama blends the frequencies: kept · f + (1 − kept) · f / factor.",
        ),
        Misconception(
            "2π forgotten",
            stretch_with(blended, turn=1.0),
            "f is in radians a token. One turn is 2π radians, so a wave is 2π / f tokens long.",
        ),
        Misconception(
            "Llama's own numbers in place of the arguments",
            lambda f, factor, low=1.0, high=4.0, original_len=8192: stretch_frequencies(f, factor),
            "8192, 1 and 4 are the defaults. Use the arguments low, high and original_len.",
        ),
        Misconception(
            "8192 in place of original_len",
            lambda f, factor, low=1.0, high=4.0, original_len=8192: stretch_frequencies(f, factor, low, high),
            "The turns are counted in original_len tokens, whatever its default is.",
        ),
        Misconception(
            "1 and 4 in place of low and high",
            lambda f, factor, low=1.0, high=4.0, original_len=8192: stretch_frequencies(
                f, factor, 1.0, 4.0, original_len
            ),
            "The borders are the arguments low and high, whatever their defaults are.",
        ),
        Misconception(
            "even in the wavelength",
            even_in_the_wavelength,
            "The kept share grows evenly with the number of turns, (turns − low) / (high − low), not with the "
            "wavelength.",
        ),
        Misconception(
            "share not cut off",
            stretch_not_cut_off,
            "The kept share lies between 0 and 1: cut it off with clamp(0, 1), or long waves become negative.",
        ),
        Misconception(
            "no smooth middle: all below high stretched",
            stretch_with(lambda f, kept, factor: torch.where(kept < 1, f / factor, f)),
            "Between the borders the change is gradual: a share of the old frequency, the rest of the divided one.",
        ),
        Misconception(
            "no smooth middle: a border halfway",
            stretch_with(lambda f, kept, factor: torch.where(kept >= 0.5, f, f / factor)),
            "Between the borders the change is gradual: a share of the old frequency, the rest of the divided one.",
        ),
        Misconception(
            "left as they were",
            stretch_with(lambda f, kept, factor: f),
            "Nothing is stretched. Long waves, with `low` turns or fewer, are divided by the factor.",
        ),
        Misconception(
            "multiplied by 2π",
            stretch_with(blended, turn=1 / (2 * math.pi)),
            "f is in radians a token, so original_len tokens make original_len · f / 2π turns: divide by 2π.",
        ),
        Misconception(
            "the share not counted from low",
            stretch_share(lambda turns, low, high: (turns - low) / high),
            "The share is 0 at `low` turns and 1 at `high`: (turns − low) is divided by (high − low).",
        ),
        Misconception(
            "the share counted from 0",
            stretch_share(lambda turns, low, high: turns / high),
            "The share is 0 at `low` turns and 1 at `high`: (turns − low) / (high − low).",
        ),
    ),
    hints=(
        "How many turns does each pair make in the original text? original_len · f / 2π.",
        "kept = (turns − low) / (high − low), cut off at 0 and 1 with clamp, is the share that stays.",
        "kept = ((original_len * f / (2 * math.pi) - low) / (high - low)).clamp(0, 1); "
        "return kept * f + (1 - kept) * f / factor",
    ),
    review="lesson 10, 'A longer text than it was trained with'",
)
