"""What can be seen at tensors of the right shape with other numbers in them."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_lib.checks.engine.likeness.pairs import Pair, Relation, close, every, tensors_of

FEWEST = 3  # numbers that must agree with a guess that has a number of its own in it
KNOWN = {math.e: "e", math.pi: "π", math.log(2): "ln 2", 1 / math.log(2): "1 / ln 2", math.sqrt(2): "√2"}
ROUNDED = {"rounded to whole numbers": torch.round, "rounded down": torch.floor, "rounded up": torch.ceil}
CURVES: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "the natural logarithm": torch.log,
    "the logarithm to base 2": torch.log2,
    "the square root": torch.sqrt,
    "the square": torch.square,
    "1 divided by": torch.reciprocal,
    "the absolute value": torch.abs,
    "the sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


def not_finite(pairs: Sequence[Pair]) -> str | None:
    """Nan or infinity where a number should be."""
    if every(pairs, lambda wanted, got: bool((got.isnan() & ~wanted.isnan()).any())):
        return "nan stands where a number should: look for 0 / 0, inf − inf, 0 · inf, or the root of a negative number"
    if every(pairs, lambda wanted, got: bool((got.isinf() & wanted.isfinite()).any())):
        if every(pairs, lambda wanted, got: bool(wanted.isinf().any())):  # a mask: there infinity is meant
            return "numbers that should stay are infinite: look at the condition, and at what it is compared with"
        return "inf stands where a number should: look for exp of large numbers, a division by 0, or a logarithm of 0"
    return None


def all_alike(pairs: Sequence[Pair]) -> str | None:
    """One number everywhere."""
    if sum(wanted.numel() for wanted, _ in tensors_of(pairs)) < FEWEST:
        return None
    if every(pairs, lambda wanted, got: not got.any()):
        return "all your numbers are 0"
    if every(pairs, lambda wanted, got: got.numel() > 1 and bool((got == got.flatten()[0]).all())):
        return "all your numbers are the same"
    return None


def sign(pairs: Sequence[Pair]) -> str | None:
    """The opposite of everything."""
    return "the sign is turned round, the rest is right" if every(pairs, lambda w, g: close(g, -w)) else None


def inverse_truth(pairs: Sequence[Pair]) -> str | None:
    """True and False exchanged, or too many or too few of one."""
    if not all(isinstance(pair.expected, Tensor) and pair.expected.dtype == torch.bool for pair in pairs):
        return None
    if every(pairs, lambda wanted, got: torch.equal(got, 1 - wanted)):
        return "True and False are exchanged"
    if every(pairs, lambda wanted, got: torch.equal(wanted.flip(-1), got)):
        return "yours is mirrored along the last dimension"
    if every(pairs, lambda wanted, got: bool((got >= wanted).all())):
        return "all that should be True is, and more besides"
    if every(pairs, lambda wanted, got: bool((got <= wanted).all())):
        return "nothing is True that should not be, but some True is missing"
    return None


def _ratios(pairs: Sequence[Pair]) -> list[float] | None:
    """By how much each pair is too large; None if the numbers of one have no common ratio."""
    found = []
    for wanted, got in tensors_of(pairs):
        if not (wanted.isfinite() & got.isfinite()).all() or not wanted.any() or not got.any():
            return None
        largest = wanted.abs().argmax()
        ratio = float(got.flatten()[largest] / wanted.flatten()[largest])
        if not close(got, wanted * ratio):
            return None
        found.append(ratio)
    return found


def _distinct(pairs: Sequence[Pair]) -> int:
    """How many different numbers were expected: that many have to agree with a guess."""
    numbers = [wanted[wanted != 0].flatten() for wanted, _ in tensors_of(pairs)]
    return len(set(f"{number:.5g}" for number in torch.cat(numbers).tolist())) if numbers else 0


def factor(pairs: Sequence[Pair]) -> str | None:
    """All numbers too large or too small by one factor, which may be a size of the input."""
    ratios = _ratios(pairs)
    if ratios is None or _distinct(pairs) < FEWEST:
        return None
    if max(ratios) - min(ratios) <= 1e-3 * abs(ratios[0]):
        if _single(pairs):
            return f"yours is {_factor_in_words(ratios[0])} times what it should be"
        return f"each number of yours is {_factor_in_words(ratios[0])} times what it should be"
    if (size := _as_size(pairs, ratios)) is not None:
        return size
    if all(sum(1 for number in wanted.flatten() if number != 0) > 1 for wanted, _ in tensors_of(pairs)):
        return "all numbers are right but for one factor, which differs from input to input"
    return None


def _single(pairs: Sequence[Pair]) -> bool:
    """Whether it is one number at one place, as a count or a field is, of which no "each" can be said."""
    return len({pair.where for pair in pairs}) == 1 and all(
        wanted.dim() == got.dim() == 0 for wanted, got in tensors_of(pairs)
    )


def _factor_in_words(ratio: float) -> str:
    for known, name in KNOWN.items():
        if math.isclose(ratio, known, rel_tol=1e-4):
            return f"{ratio:.4g} (that is {name})"
    inverse = 1 / ratio
    if abs(ratio) < 1 and abs(inverse - round(inverse)) < 1e-3:
        return f"1/{round(inverse)}" if inverse > 0 else f"−1/{-round(inverse)}"
    return f"{ratio:.4g}"


def _as_size(pairs: Sequence[Pair], ratios: Sequence[float]) -> str | None:
    """The factor as a size: told by the first that fits all inputs."""
    forms: dict[str, Callable[[float], float]] = {
        "the numbers are too large by a factor of {0}: is a sum where a mean is wanted?": lambda n: n,
        "the numbers are too small by a factor of {0}: is it divided once too often?": lambda n: 1 / n,
        "the numbers are too large by the square root of {0}": math.sqrt,
        "the numbers are too small by the square root of {0}": lambda n: 1 / math.sqrt(n),
    }
    for name in pairs[0].sizes:
        sizes = [pair.sizes.get(name, 0) for pair in pairs]
        if min(sizes) < 1:
            continue
        for told, form in forms.items():
            if all(math.isclose(form(n), ratio, rel_tol=1e-3) for n, ratio in zip(sizes, ratios, strict=True)):
                return told.replace("{0}", name)
    return None


def offset(pairs: Sequence[Pair]) -> str | None:
    """All numbers too large or too small by the same."""
    tensors = tensors_of(pairs)
    shifts = [float((got - wanted).flatten()[0]) for wanted, got in tensors]
    if not all(map(math.isfinite, shifts)) or sum(wanted.numel() for wanted, _ in tensors) < FEWEST:
        return None
    if not all(close(got, wanted + shift) for (wanted, got), shift in zip(tensors, shifts, strict=True)):
        return None
    if max(shifts) - min(shifts) <= 1e-4 * abs(shifts[0]):
        if _single(pairs):
            way = "yours is too large by {0}" if shifts[0] > 0 else "yours is too small by {0}"
            return way.replace("{0}", f"{abs(shifts[0]):.6g}")
        if shifts[0] > 0:
            return f"each number of yours is too large by {shifts[0]:.4g}"
        return f"each number of yours is too small by {-shifts[0]:.4g}"
    if all(wanted.numel() > 1 for wanted, _ in tensors):
        return "all numbers are right but for one that is added to each, and differs from input to input"
    return None


def with_inputs(pairs: Sequence[Pair]) -> str | None:
    """An input itself, or one that is added, subtracted or multiplied."""
    for name in pairs[0].inputs:
        forms: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
            f"your result is the input `{name}` itself": lambda wanted, given: given,
            f"yours is the right result with `{name}` added to it": torch.add,
            f"yours is the right result with `{name}` subtracted from it: is it to be added?": torch.sub,
            f"yours is the right result times `{name}`": torch.mul,
        }
        for told, form in forms.items():
            if all(_made_so(pair, name, form) for pair in pairs):
                return told
    return None


def _made_so(pair: Pair, name: str, form: Callable[[Tensor, Tensor], Tensor]) -> bool:
    value, both = pair.inputs.get(name), pair.tensors
    if value is None or both is None or value.shape != both[0].shape or both[0].numel() < 2:
        return False
    return close(both[1], form(both[0], value.double()))


def curves(pairs: Sequence[Pair]) -> str | None:
    """A function of what is expected."""
    if _distinct(pairs) < FEWEST:
        return None
    for name, curve in CURVES.items():
        if every(pairs, lambda wanted, got: close(got, curve(wanted))):  # noqa: B023 - used at once
            return f"yours is {name} of what is expected" if name != "1 divided by" else f"yours is {name} the expected"
        if every(pairs, lambda wanted, got: close(curve(got), wanted)):  # noqa: B023 - used at once
            return f"what is expected is {name} of yours" if name != "1 divided by" else f"expected is {name} yours"
    if every(pairs, lambda wanted, got: close(got, 1 - wanted)):
        return "yours is 1 minus what is expected"
    if every(pairs, lambda wanted, got: wanted.dim() > 0 and close(got, wanted.cumsum(-1))):
        return "yours is the running sum of what is expected, along the last dimension"
    if every(pairs, lambda wanted, got: wanted.dim() > 0 and close(got.cumsum(-1), wanted)):
        return "what is expected is the running sum of yours, along the last dimension"
    if every(pairs, lambda wanted, got: wanted.dim() > 0 and close(got, wanted.softmax(-1))):
        return "yours is what is expected with a softmax behind it"
    return None


def cut_off(pairs: Sequence[Pair]) -> str | None:
    """Right up to a border, rounded, or with some of the numbers set to 0."""
    if every(pairs, lambda wanted, got: close(got, wanted.clamp(min=0))):
        return "what should be negative is 0 in yours, the rest is right"
    if every(pairs, _is_clipped):
        return "yours is what is expected, cut off at a smallest or a largest number"
    for name, rounded in ROUNDED.items():
        if every(pairs, lambda wanted, got: close(got, rounded(wanted))):  # noqa: B023 - used at once
            return f"yours is what is expected, {name}"
    if every(pairs, lambda wanted, got: bool((close(got[got != 0], wanted[got != 0])) and (got == 0).any())):
        return "some numbers are 0 in yours, all the others are right"
    if (kept := _kept_by_dropout(pairs)) is not None:
        return f"some numbers are 0 in yours and the others {kept:.4g} times too large: dropout is at work"
    return None


def _is_clipped(wanted: Tensor, got: Tensor) -> bool:
    """Whether several numbers stopped at one border, and others did not."""
    if not got.isfinite().all() or not close(got, wanted.clamp(float(got.min()), float(got.max()))):
        return False
    return 2 <= int((got != wanted).sum()) < got.numel()


def _kept_by_dropout(pairs: Sequence[Pair]) -> float | None:
    """By how much the numbers that are not 0 are too large, if it is the same for all, and some of the others are 0."""
    if any(not isinstance(pair.expected, Tensor) or not pair.expected.is_floating_point() for pair in pairs):
        return None
    wanted = torch.cat([one.flatten() for one, _ in tensors_of(pairs)])
    got = torch.cat([other.flatten() for _, other in tensors_of(pairs)])
    kept = (got != 0) & (wanted != 0)
    if int(kept.sum()) < FEWEST or not ((got == 0) & (wanted != 0)).any():
        return None
    factor = float((got[kept] / wanted[kept]).median())
    return factor if factor > 1.001 and close(got[kept], wanted[kept] * factor) else None


FIRST: tuple[Relation, ...] = (not_finite, inverse_truth, all_alike, sign)
RELATIONS: tuple[Relation, ...] = (factor, offset, with_inputs, curves, cut_off)
OF_GRADIENTS: tuple[Relation, ...] = (not_finite, all_alike, sign, factor)
