"""Numbers that differ a little from machine to machine, shown as numbers and still held to what they should be.

A loss after training or a ratio of two times is never the same to the last digit. `measured` prints it behind `≈`.
The tests of the notebooks replace what stands behind `≈` before they compare, and a value that lies outside its
range says so in words, which they do compare.
"""

import math

MOST_DIGITS = 15  # before the point; larger numbers are written as 1e+15


class Approximation(str):
    """A number as it is shown, `≈ 2.87`, that still knows the number, so that a guess can be compared with it."""

    number: float


def approx(value: float, *, about: float, within: float, digits: int = 3) -> Approximation:
    """`≈ 2.87`: `value` with `digits` significant digits, and its usual range if it is not `about` ± `within`.

    >>> approx(2.8713, about=2.9, within=0.1)
    '≈ 2.87'
    >>> approx(3.4, about=2.9, within=0.1)
    '≈ 3.4 (usually 2.8 to 3)'

    Raises ValueError if `within` is negative or `digits` below 1.
    """
    if within < 0:
        raise ValueError(f"within is how far the value may lie from about, so at least 0, not {within}")
    if digits < 1:
        raise ValueError(f"digits is the number of digits shown, at least 1, not {digits}")
    shown = f"≈ {significant(value, digits)}"
    if not abs(value - about) <= within:
        shown += f" (usually {significant(about - within, digits)} to {significant(about + within, digits)})"
    approximation = Approximation(shown)
    approximation.number = float(value)
    return approximation


def measured(label: str, value: float, *, about: float, within: float, digits: int = 3, unit: str = "") -> None:
    """Print `label ≈ value unit`; the arguments are those of `approx`."""
    print(" ".join(filter(None, (label, approx(value, about=about, within=within, digits=digits), unit))))


def significant(value: float, digits: int) -> str:
    """The value with so many significant digits, without trailing zeros: `1,240`, `0.0031`, `4.8e-07`."""
    value = float(value)
    if value == 0:
        return "0"  # also for -0.0
    if not math.isfinite(value):
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(value)))
    if not -4 <= exponent < MOST_DIGITS:
        return f"{value:.{digits - 1}e}"
    places = max(digits - 1 - exponent, 0)
    text = f"{round(value, digits - 1 - exponent):,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
