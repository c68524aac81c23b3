"""Exercise 2 of lesson 08: the deviation of the stream."""

import math

import torch

from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.initialization.slots.stream_deviation import VARIANTS


def stream_deviation(start: float, added: float, n_layer: int) -> float:
    """√(start² + 2·n_layer·added²): variances of independent terms add up, and each block adds two."""
    return math.sqrt(start**2 + 2 * n_layer * added**2)


def stream_cases(generator: torch.Generator) -> list[Case]:
    """Numbers to do by heart first, then drawn ones."""
    drawn = torch.rand(4, generator=generator).tolist()
    depth = int(torch.randint(5, 60, (1,), generator=generator))
    return [
        Case((3.0, 2.0, 2), label="start 3, each addition 2, 2 blocks"),  # √(9 + 4·4) = 5
        Case((1.0, 0.0, 12), label="nothing added"),
        Case((0.0, 1.0, 8), label="a stream that starts at zero"),  # √16 = 4
        Case((0.1 + drawn[0], 0.1 + drawn[1], depth), label=f"{depth} blocks"),
        Case((1.5 + drawn[2], 0.5 + drawn[3], 1), label="a single block"),
    ]


EXERCISE = Exercise(
    name="stream_deviation",
    reference=stream_deviation,
    variants=VARIANTS,
    cases=stream_cases,
    misconceptions=(
        Misconception(
            "deviations added",
            lambda start, added, n_layer: start + 2 * n_layer * added,
            "Independent numbers partly cancel: their variances add up, their deviations do not.",
        ),
        Misconception(
            "one addition a block",
            lambda start, added, n_layer: math.sqrt(start**2 + n_layer * added**2),
            "A block adds twice: once its attention, once its MLP.",
        ),
        Misconception(
            "the start forgotten",
            lambda start, added, n_layer: math.sqrt(2 * n_layer) * added,
            "The stream begins as the sum of two embeddings: its variance counts as well.",
        ),
        Misconception(
            "the variance returned",
            lambda start, added, n_layer: start**2 + 2 * n_layer * added**2,
            "That is the variance; the deviation is its root.",
        ),
        Misconception(
            "all additions as one",
            lambda start, added, n_layer: math.sqrt(start**2 + (2 * n_layer * added) ** 2),
            "Start and additions are combined rightly. But the additions are independent of each other too: 2·n_layer "
            "times "
            "added², not (2·n_layer·added)².",
        ),
        Misconception(
            "added not squared",
            lambda start, added, n_layer: math.sqrt(start**2 + 2 * n_layer * added),
            "Variances add up: that of an addition is added².",
        ),
        Misconception(
            "start not squared",
            lambda start, added, n_layer: math.sqrt(start + 2 * n_layer * added**2),
            "Variances add up: that of the beginning is start².",
        ),
        Misconception(
            "nothing squared",
            lambda start, added, n_layer: math.sqrt(start + 2 * n_layer * added),
            "The root is right, but what adds up under it are variances: start² and added².",
        ),
        Misconception(
            "the start counted with every addition",
            lambda start, added, n_layer: math.sqrt(2 * n_layer * (start**2 + added**2)),
            "The stream starts once: start² is added once, and added² 2·n_layer times.",
        ),
        Misconception(
            "start added after the root",
            lambda start, added, n_layer: start + math.sqrt(2 * n_layer) * added,
            "The beginning and what is added are independent as well: start² goes under the root.",
        ),
        Misconception(
            "a mean of variances",
            lambda start, added, n_layer: math.sqrt((start**2 + 2 * n_layer * added**2) / (2 * n_layer + 1)),
            "The terms are added, not averaged: their variances add up, and nothing divides them.",
        ),
        Misconception(
            "doubled at each block",
            lambda start, added, n_layer: math.sqrt(start**2 + 4 * n_layer * added**2),
            "Two additions a block count 2·added², not (2·added)²: they are independent.",
        ),
        Misconception(
            "an addition too few",
            lambda start, added, n_layer: math.sqrt(start**2 + (2 * n_layer - 1) * added**2),
            "Each block adds twice, the last one too: there are 2·n_layer additions.",
        ),
        Misconception(
            "the number of additions squared",
            lambda start, added, n_layer: math.sqrt(start**2 + (2 * n_layer) ** 2 * added),
            "What is squared is `added`, not the number of additions: 2·n_layer times added².",
        ),
        Misconception(
            "deviations multiplied",
            lambda start, added, n_layer: start * (1 + added) ** (2 * n_layer),
            "An addition does not multiply what is there. Independent terms are added, so their variances add up.",
        ),
        Misconception(
            "the start added in each block",
            lambda start, added, n_layer: math.sqrt(n_layer * (start**2 + 2 * added**2)),
            "The stream starts once: start² is added once, outside of what is multiplied by n_layer.",
        ),
        Misconception(
            "a whole number",
            lambda start, added, n_layer: int(stream_deviation(start, added, n_layer)),
            "Your number is cut off, or rounded. A deviation need not be whole.",
        ),
        Misconception(
            "an addition too many",
            lambda start, added, n_layer: math.sqrt(start**2 + (2 * n_layer + 1) * added**2),
            "There are two additions a block, 2·n_layer in all. What the stream starts with is not one of them: it "
            "is `start`.",
        ),
    ),
    hints=(
        "What adds up when independent random numbers are added: their deviations or their variances?",
        "The variance after n_layer blocks is start² plus one added² for each addition. A block makes two.",
        "math.sqrt(start**2 + 2 * n_layer * added**2)",
    ),
    review="lesson 08, 'The residual stream adds up'",
)
