"""Lesson 12, exercise 1: temperature."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.generation.inputs import drawn_logits, drawn_share, drawn_size, logits_of
from course_lib.checks.generation.slots.sharpen import VARIANTS


def sharpen(logits: Tensor, temperature: float) -> Tensor:
    """softmax(logits / temperature); at 0 all probability on the most likely token, the first of those that tie."""
    if temperature == 0:
        return torch.zeros_like(logits).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    return torch.softmax(logits / temperature, dim=-1)


def sharpen_with(rule: Callable[[Tensor, float], Tensor], at_zero: bool = True) -> Callable[[Tensor, float], Tensor]:
    """`sharpen` with another rule. at_zero: temperature 0 is treated by itself, as it should be."""

    def mutant(logits: Tensor, temperature: float) -> Tensor:
        return sharpen(logits, 0) if temperature == 0 and at_zero else rule(logits, temperature)

    return mutant


def divide_probabilities(logits: Tensor, temperature: float) -> Tensor:
    """p / T, made to add up to 1 again: what one divides by cancels."""
    scaled = torch.softmax(logits, dim=-1) / temperature
    return scaled / scaled.sum(dim=-1, keepdim=True)


def sharpen_cases(generator: torch.Generator) -> list[Case]:
    """Chances of 1 to 4, which a temperature of 1/2 makes 1 to 16; then 0, a tie, and a square batch."""
    return [
        Case((logits_of(0.2, 0.8), 0.5), label="chances of 1 to 4, temperature 1/2"),
        Case((logits_of(0.2, 0.8), 0.25), label="chances of 1 to 4, temperature 1/4"),
        Case((logits_of(0.2, 0.8), 2.0), label="chances of 1 to 4, temperature 2"),
        Case((logits_of(0.2, 0.8), 0.0), label="temperature 0"),
        Case((torch.tensor([[1.0, 3.0, 3.0]]), 0.0), label="temperature 0, two tokens tie"),
        Case((drawn_logits(generator, 4, 4), 0.7), label="4 rows of 4 logits"),
        Case((drawn_logits(generator, 3, drawn_size(generator, 5, 12)), 0.0), label="3 rows, temperature 0"),
        Case((drawn_logits(generator, 2, drawn_size(generator, 3, 9)), 0.2 + drawn_share(generator)), label="2 rows"),
    ]


def order_is_kept(call: Call, generator: torch.Generator) -> None:
    """No temperature makes a less likely token overtake."""
    logits = drawn_logits(generator, 3, 9)
    for temperature in (0.3, 4.0):
        if not torch.equal(call(logits, temperature).argsort(dim=-1), logits.argsort(dim=-1)):
            raise Failed(f"temperature {temperature} should leave the order of the tokens as it was; it changes")


EXERCISE = Exercise(
    name="sharpen",
    reference=sharpen,
    variants=VARIANTS,
    cases=sharpen_cases,
    forbidden=("course_lib.generation.apply_temperature",),
    properties=(Property("the order of the tokens stays", order_is_kept),),
    misconceptions=(
        Misconception(
            "multiplied by the temperature",
            sharpen_with(lambda logits, t: torch.softmax(logits * t, dim=-1)),
            "A low temperature must sharpen. Divide the logits by it; you multiply, so low and high are swapped.",
        ),
        Misconception(
            "a temperature that cancels",
            sharpen_with(divide_probabilities),
            "The temperature has no effect: what is added to all logits, or divides all probabilities, cancels when "
            "these "
            "are made to add up to 1. Divide the logits by it.",
        ),
        Misconception(
            "a softmax of probabilities",
            sharpen_with(lambda logits, t: torch.softmax(torch.softmax(logits, dim=-1) / t, dim=-1)),
            "You take the softmax twice. What is divided by the temperature are the logits, not probabilities.",
        ),
        Misconception(
            "softmax over the batch",
            sharpen_with(lambda logits, t: torch.softmax(logits / t, dim=0)),
            "Each row is a distribution over the vocabulary: dim=-1.",
        ),
        Misconception(
            "0 divided by",
            sharpen_with(lambda logits, t: torch.softmax(logits / t, dim=-1), at_zero=False),
            "x / 0 is infinite, and a softmax of infinities is NaN. Treat 0 by itself: all on the argmax.",
        ),
        Misconception(
            "all on every token that ties",
            lambda logits, t: (logits == logits.amax(-1, True)).float() if t == 0 else sharpen(logits, t),
            "Two tokens tie, and each gets a 1: that adds up to 2. Choose the first, as argmax does.",
        ),
        Misconception(
            "ties share at 0",
            lambda logits, t: torch.softmax(logits / max(t, 1e-6), dim=-1),
            "At 0 two tokens that tie share the probability, as they do with a tiny number in place of 0. The first "
            "of them "
            "gets all: treat 0 by itself, with argmax.",
        ),
        Misconception(
            "whole numbers at 0",
            lambda logits, t: sharpen(logits, t).long() if t == 0 else sharpen(logits, t),
            "At 0 you return whole numbers. Probabilities are floating point numbers, as the logits are: "
            ".to(logits.dtype).",
        ),
        Misconception(
            "the last that ties",
            lambda logits, t: sharpen(logits.flip(-1), t).flip(-1) if t == 0 else sharpen(logits, t),
            "Two tokens tie, and you choose the last of them. The first one gets all the probability, as with argmax.",
        ),
        Misconception(
            "one best of the whole batch",
            lambda logits, t: sharpen(logits.flatten(), 0).view_as(logits) if t == 0 else sharpen(logits, t),
            "At 0 each row has a most likely token of its own: argmax(dim=-1), not over the whole batch.",
        ),
        Misconception(
            "logarithms of probabilities",
            lambda logits, t: sharpen(logits, 0) if t == 0 else torch.log_softmax(logits / t, dim=-1),
            "You return log-probabilities. Asked for are the probabilities: softmax, without the logarithm.",
        ),
        Misconception(
            "the softmax left out",
            lambda logits, t: sharpen(logits, 0) if t == 0 else logits / t,
            "You return logits that were divided by the temperature. Their softmax is still missing.",
        ),
        Misconception(
            "temperature 0 without effect",
            lambda logits, t: sharpen(logits, t or 1.0),
            "At 0 you return the plain softmax. The lower the temperature, the sharper: at 0 all is on the most "
            "likely.",
        ),
        Misconception(
            "logits at 0",
            lambda logits, t: logits if t == 0 else sharpen(logits, t),
            "At 0 you return the logits as they came. Wanted are probabilities: 1 for the most likely token, 0 for "
            "the others.",
        ),
        Misconception(
            "the token's number at 0",
            lambda logits, t: logits.argmax(dim=-1) if t == 0 else sharpen(logits, t),
            "At 0 you return which token is the most likely. Wanted are probabilities: 1 for it, 0 for the others.",
        ),
        Misconception(
            "probabilities divided",
            sharpen_with(lambda logits, temperature: torch.softmax(logits, dim=-1) / temperature),
            "You divide the probabilities, and they no longer sum to 1. Divide the logits, before the softmax.",
        ),
        Misconception(
            "powers not made to add up to 1",
            sharpen_with(lambda logits, temperature: torch.softmax(logits, dim=-1) ** (1 / temperature)),
            "A probability to the power of 1/temperature is right up to a factor: divide each row by its sum, or "
            "divide the logits.",
        ),
        Misconception(
            "low temperatures taken for 0",
            sharpen_with(lambda logits, temperature: sharpen(logits, temperature if temperature >= 0.5 else 0)),
            "Only a temperature of exactly 0 gives all to the most likely token. A low one leaves the others "
            "something.",
        ),
        Misconception(
            "the token's number at 0, as a column",
            sharpen_with(
                lambda logits, temperature: (
                    sharpen(logits, temperature) if temperature else logits.argmax(dim=-1, keepdim=True)
                ),
                at_zero=False,
            ),
            "At 0 you return which token it is. Asked for are probabilities: 1 at that token, 0 at all others.",
        ),
    ),
    hints=(
        "Chances of 1 to 4 are logits that differ by ln 4. What difference gives chances of 1 to 16?",
        "torch.softmax(logits / temperature, dim=-1). And for 0? The limit puts everything on the argmax.",
        "if temperature == 0: return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)",
    ),
    review="lesson 12, 'Temperature'",
)
