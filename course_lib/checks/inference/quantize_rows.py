"""Lesson 19, exercise 1: quantize each row."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.inference.inputs import drawn_size, drawn_weight
from course_lib.checks.inference.slots.quantize_rows import VARIANTS

Answer = Callable[[Tensor, int], tuple[Tensor, Tensor]]


def quantize_rows(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Whole numbers of so many bits, and a scale for each row: (out, in) int8 and (out,)."""
    scale = weight.abs().amax(dim=1) / (2 ** (bits - 1) - 1)
    return rounded(weight, torch.where(scale == 0, 1.0, scale)[:, None]), scale


def rounded(weight: Tensor, scale: Tensor) -> Tensor:
    """The nearest whole numbers, as 8 bits hold them."""
    return torch.round(weight / scale).to(torch.int8)


def with_scale(scale_of: Callable[[Tensor, int], Tensor]) -> Answer:
    """`quantize_rows` with another scale, which fits against the weight: (out, 1), (1, in) or (1, 1)."""

    def mutant(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
        scale = scale_of(weight, 2 ** (bits - 1) - 1)
        numbers = rounded(weight, torch.where(scale == 0, 1.0, scale))
        return numbers, scale.expand(len(weight), 1)[:, 0] if scale.shape[1] == 1 else scale[0]

    return mutant


def with_numbers(numbers_of: Callable[[Tensor, Tensor], Tensor]) -> Answer:
    """`quantize_rows` whose numbers are made otherwise of the weight and the scale (out, 1)."""

    def mutant(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
        scale = quantize_rows(weight, bits)[1]
        return numbers_of(weight, torch.where(scale == 0, 1.0, scale)[:, None]), scale

    return mutant


def largest_as_scale(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """The right numbers, beside what they reach at most."""
    return quantize_rows(weight, bits)[0], weight.abs().amax(dim=1)


def quantize_cases(generator: torch.Generator) -> list[Case]:
    """A row by hand, two rows of different size, 4 bits, a row of zeros, drawn weights."""
    out, width = drawn_size(generator, 3, 6), drawn_size(generator, 7, 12)
    return [
        Case((torch.tensor([[1.27, -0.5, 0.018]]), 8), label="one row whose largest weight is 1.27"),
        Case((torch.tensor([[0.3, -1.27, 0.5], [25.4, 1.3, 7.1]]), 8), label="two rows of different size"),
        Case((torch.tensor([[0.7, -0.32, 0.16, -0.7]]), 4), label="4 bits"),
        Case((torch.tensor([[0.0, 0.0], [1.27, 0.3]]), 8), label="a row of zeros"),
        Case((-drawn_weight(generator, out, width).abs(), 8), label="negative weights"),
        Case((drawn_weight(generator, out, width), 8), label=f"({out}, {width}), 8 bits"),
        Case((drawn_weight(generator, out, width), 4), label=f"({out}, {width}), 4 bits"),
    ]


def numbers_are_int8(call: Call, generator: torch.Generator) -> None:
    """A number takes one byte, also where four bits would do."""
    for bits in (8, 4):
        numbers, _ = call(drawn_weight(generator, 3, 5), bits)
        if numbers.dtype != torch.int8:
            raise Failed(f"asked for are numbers of torch.int8, and with {bits} bits yours are of {numbers.dtype}")


EXERCISE = Exercise(
    name="quantize_rows",
    reference=quantize_rows,
    variants=VARIANTS,
    cases=quantize_cases,
    properties=(Property("the numbers are of torch.int8", numbers_are_int8),),
    forbidden=(
        "course_lib.inference.quantize",
        "course_lib.inference.quantize_affine",
        "torch.quantize_per_channel",
        "torch.fake_quantize_per_channel_affine",
    ),
    misconceptions=(
        Misconception(
            "the largest weight for the scale",
            largest_as_scale,
            "You return each row's largest weight. The scale is the size of a step: that weight divided by 127, or 7.",
        ),
        Misconception(
            "a scale for each column",
            with_scale(lambda weight, most: weight.abs().amax(dim=0, keepdim=True) / most),
            "The scale belongs to a row, that is, to an output. Take the maximum over dim=1.",
        ),
        Misconception(
            "one scale for all rows",
            with_scale(lambda weight, most: weight.abs().amax().view(1, 1) / most),
            "One scale for the whole weight leaves a row of small weights only a few numbers. Take one for each row.",
        ),
        Misconception(
            "the largest weight with its sign",
            with_scale(lambda weight, most: weight.amax(dim=1, keepdim=True) / most),
            "A row's most negative weight may be its largest in size: take the maximum of |w|.",
        ),
        Misconception(
            "the width of the range",
            with_scale(
                lambda weight, most: (weight.amax(1, keepdim=True) - weight.amin(1, keepdim=True)) / (2 * most + 1)
            ),
            "(max − min) over all steps goes with a zero point. A symmetric code has |w| of the row over its "
            "largest number.",
        ),
        Misconception(
            "one number too many",
            with_scale(lambda weight, most: weight.abs().amax(dim=1, keepdim=True) / (most + 1)),
            "With 8 bits the largest number is 127, not 128. A weight that becomes 128 is stored as −128.",
        ),
        Misconception(
            "twice the steps",
            with_scale(lambda weight, most: weight.abs().amax(dim=1, keepdim=True) / (2 * most + 1)),
            "255 is the number of all steps, on both sides of 0. On each side there are 127 with 8 bits.",
        ),
        Misconception(
            "8 bits whatever is asked",
            lambda weight, bits: quantize_rows(weight, 8),
            "The largest number depends on the bits: 2^(bits − 1) − 1, so 7 with 4 bits.",
        ),
        Misconception(
            "cut off instead of rounded",
            with_numbers(lambda weight, scale: (weight / scale).to(torch.int8)),
            "The conversion to int8 cuts off what is behind the point. Round first: torch.round(w / scale).",
        ),
        Misconception(
            "rounded down",
            with_numbers(lambda weight, scale: torch.floor(weight / scale).to(torch.int8)),
            "floor moves all weights to the same side, so that errors add up. Round to the nearest number.",
        ),
        Misconception(
            "multiplied by the scale",
            with_numbers(lambda weight, scale: torch.round(weight * scale).to(torch.int8)),
            "A number counts steps of size `scale`: w / scale. With w · scale nearly all numbers are 0.",
        ),
        Misconception(
            "the scale upside down",
            lambda weight, bits: (quantize_rows(weight, bits)[0], 1 / quantize_rows(weight, bits)[1]),
            "The scale is the size of a step, max|w| / 127: what a number is multiplied by to get its weight back.",
        ),
        Misconception(
            "numbers left as floating point",
            with_numbers(lambda weight, scale: torch.round(weight / scale)),
            "Rounded numbers in float32 still take 4 bytes each. Convert them to torch.int8.",
        ),
        Misconception(
            "a scale of 1 for zeros",
            lambda weight, bits: (
                quantize_rows(weight, bits)[0],
                (lambda scale: torch.where(scale == 0, 1.0, scale))(quantize_rows(weight, bits)[1]),
            ),
            "Divide by 1 where a row is all zeros, but return its scale as it is: 0.",
        ),
        Misconception(
            "a scale with a dimension too many",
            lambda weight, bits: (quantize_rows(weight, bits)[0], quantize_rows(weight, bits)[1][:, None]),
            "Return one scale for each row, of shape (out,), and not (out, 1).",
        ),
        Misconception(
            "one over the scale",
            lambda weight, bits: (
                quantize_rows(weight, bits)[0],
                torch.where(quantize_rows(weight, bits)[1] == 0, 1.0, 1 / quantize_rows(weight, bits)[1]),
            ),
            "The numbers are right. The scale is what they are multiplied by to get the weight back; yours is what "
            "one divides by.",
        ),
        Misconception(
            "scales first",
            lambda weight, bits: quantize_rows(weight, bits)[::-1],
            "You return the scales first. Asked for are the numbers, then the scales.",
        ),
    ),
    hints=(
        "With 8 bits the numbers go from −127 to 127. Which weight of a row should become ±127?",
        "scale = weight.abs().amax(dim=1) / (2 ** (bits - 1) - 1). Think of a row of zeros before you divide.",
        "numbers = torch.round(weight / safe[:, None]).to(torch.int8), where safe is the scale, or 1 where it is 0",
    ),
    review="lesson 19, 'Whole numbers for weights'",
)
