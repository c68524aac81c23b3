"""The one place where a story's choices are made, and where their probabilities are added up."""

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Sampler:
    """Chooses uniformly among options and keeps the log-probability of all choices so far.

    Every choice of n options costs log n nats, so a story's log-probability is minus the sum of the logarithms of
    the numbers of options that its choices had.

    decide: n -> an index in 0..n-1, each equally likely.
    log_probability: nats, at most 0.
    """

    def __init__(self, decide: Callable[[int], int]) -> None:
        self._decide = decide
        self.log_probability = 0.0

    @classmethod
    def seeded(cls, seed: int) -> "Sampler":
        """A sampler whose choices are the same on every machine and in every version of Python.

        `random.Random(seed).random()` is the only part of Python's `random` whose values are promised not to change,
        so nothing else of it is used: `choice` and `randrange` may change from version to version.
        """
        uniform = random.Random(seed).random  # in [0, 1)
        return cls(lambda n: int(uniform() * n))

    def choose(self, options: Sequence[T]) -> T:
        """One of the options. A single option costs nothing and uses no randomness."""
        if len(options) == 1:
            return options[0]
        self.log_probability -= math.log(len(options))
        return options[self._decide(len(options))]
