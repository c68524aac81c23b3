"""Lesson 15, exercise 1: bits per byte from the losses of batches."""

import math
from collections.abc import Callable, Sequence

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.scaling.inputs import drawn_number, drawn_whole
from course_lib.checks.scaling.slots.bits_per_byte import VARIANTS

Losses = Sequence[float]
Tokens = Sequence[int]


def nats(losses: Losses, tokens: Tokens) -> float:
    """Of the whole text: each batch's mean times its tokens."""
    return sum(loss * count for loss, count in zip(losses, tokens, strict=True))


def bits_per_byte(losses: Losses, tokens: Tokens, size: int) -> float:
    """All nats, in bits, over all bytes."""
    return nats(losses, tokens) / math.log(2) / size


def equal_batches(losses: Losses, tokens: Tokens) -> float:
    """The mean of the means, as if each batch had as many tokens."""
    return sum(losses) / len(losses) * sum(tokens)


def bits_with(
    total: Callable[[Losses, Tokens], float] = nats, unit: float = 1 / math.log(2), per_token: bool = False
) -> Callable[[Losses, Tokens, int], float]:
    """`bits_per_byte` with another sum, another factor, or per token."""

    def mutant(losses: Losses, tokens: Tokens, size: int) -> float:
        return total(losses, tokens) * unit / (sum(tokens) if per_token else size)

    return mutant


def cases(generator: torch.Generator) -> list[Case]:
    """By hand; a short last batch; one batch; drawn ones."""
    drawn = [drawn_whole(generator, 50, 90) for _ in range(3)] + [drawn_whole(generator, 3, 20)]
    losses = [drawn_number(generator, 0.5, 4.0) for _ in drawn]
    return [
        Case(([2 * math.log(2)], [10], 40), label="10 tokens of 2 bits, 40 bytes"),
        Case(([1.0, 3.0], [90, 10], 400), label="a last batch of 10 tokens after one of 90"),
        Case(([0.7, 0.9, 2.0], [64, 64, 5], 500), label="two whole batches and one of 5 tokens"),
        Case((losses, drawn, drawn_whole(generator, 700, 1_200)), label="four drawn batches"),
    ]


EXERCISE = Exercise(
    name="bits_per_byte",
    reference=bits_per_byte,
    variants=VARIANTS,
    cases=cases,
    forbidden=("course_lib.scaling.units_of", "course_lib.scaling.total_nats"),
    misconceptions=(
        Misconception(
            "batches of equal weight",
            bits_with(equal_batches),
            "The last batch has fewer tokens, so its mean counts less: add up loss · tokens, not the losses.",
        ),
        Misconception("nats left as they are", bits_with(unit=1.0), "That is nats per byte. A bit is ln 2 nats."),
        Misconception(
            "times ln 2",
            bits_with(unit=math.log(2)),
            "A nat is more than a bit, so the number in bits is larger: divide by ln 2.",
        ),
        Misconception(
            "bits per token",
            bits_with(per_token=True),
            "That is bits per token, which depends on the tokenizer. Divide by the bytes of the text.",
        ),
        Misconception(
            "the loss of a token over all bytes",
            lambda losses, tokens, size: nats(losses, tokens) / sum(tokens) / math.log(2) / size,
            "You divide by the tokens and then by all bytes. Divide the sum by the bytes, or multiply the "
            "mean by tokens per byte.",
        ),
        Misconception(
            "multiplied by bytes per token",
            lambda losses, tokens, size: nats(losses, tokens) / sum(tokens) / math.log(2) * size / sum(tokens),
            "A token has several bytes, so a byte costs less than a token: divide by bytes per token.",
        ),
        Misconception(
            "nats per token",
            bits_with(unit=1.0, per_token=True),
            "That is the mean loss, in nats per token. Turn it into bits, and divide by bytes in place of tokens.",
        ),
        Misconception(
            "tokens left out",
            lambda losses, tokens, size: sum(losses) / math.log(2) / size,
            "Each loss is a mean over its batch's tokens. Multiply it by their number before you add up.",
        ),
        Misconception(
            "mean of means per byte",
            lambda losses, tokens, size: sum(losses) / len(losses) / math.log(2) / size,
            "You divide the loss of one token by the bytes of the whole text. All nats belong to all bytes.",
        ),
        Misconception(
            "perplexity",
            lambda losses, tokens, size: math.exp(nats(losses, tokens) / sum(tokens)),
            "That is the perplexity. Asked for are bits, which are a logarithm.",
        ),
        Misconception(
            "decimal digits",
            bits_with(unit=1 / math.log(10)),
            "You divide by ln 10, which gives decimal digits. A bit is ln 2 nats.",
        ),
        Misconception(
            "bits per bit",
            lambda losses, tokens, size: bits_per_byte(losses, tokens, 8 * size),
            "You divide by 8 as well. A byte is the unit here, not its bits.",
        ),
    ),
    hints=(
        "How many nats does the whole text cost? Each batch gives the mean over its tokens.",
        "total = sum(loss * count for loss, count in zip(losses, tokens)), and a bit is ln 2 nats.",
        "return total / math.log(2) / size",
    ),
    review="lesson 15, 'One loss, four units'",
)
