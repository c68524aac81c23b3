"""The one place where a story's choices are made, and where their probabilities are added up."""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pool:
    """Items in order of how often they are wanted: the first, second, third with weights of 1, ½, ⅓, and so on.

    So words are as unequally frequent as those of real texts are (Zipf 1949: frequency falls as 1/rank).

    rank: of each item, from 0.   upto: sums of the weights of the first 1, 2, … items.   w_log_w: Σ w·log w of all.
    """

    rank: dict[object, int]
    upto: tuple[float, ...]
    w_log_w: float

    def weight(self, rank: int) -> float:
        """The weight of the item of this rank."""
        return 1 / (rank + 1)

    def gone(self, taken: Collection[object]) -> list[int]:
        """The ranks of those items of the pool that are taken, in order."""
        return sorted(self.rank[item] for item in taken if item in self.rank)

    def left(self, gone: Sequence[int]) -> float:
        """The sum of the weights without those of the ranks that are gone."""
        return self.upto[-1] - sum(map(self.weight, gone))

    def entropy(self, taken: Collection[object] = ()) -> float:
        """Nats of a draw of one of the items that are not taken: log Σw − Σ w·log w / Σw, w their weights."""
        gone = self.gone(taken)
        if len(gone) == len(self.upto) - 1:
            return 0.0
        left = self.left(gone)
        return math.log(left) - (self.w_log_w - sum(w * math.log(w) for w in map(self.weight, gone))) / left


@cache
def pool_of(items: tuple[object, ...]) -> Pool:
    """The pool of these items, in order of how often they are wanted."""
    ranks = range(len(items))
    weights = [1 / (rank + 1) for rank in ranks]
    w_log_w = sum(weight * math.log(weight) for weight in weights)
    return Pool(dict(zip(items, ranks, strict=True)), tuple(accumulate(weights)), w_log_w)


class Sampler:
    """Makes choices and keeps the log-probability of all of them so far.

    uniform: gives a number in [0, 1), each equally likely.
    log_probability: nats, at most 0.
    """

    def __init__(self, uniform: Callable[[], float]) -> None:
        self.uniform = uniform
        self.log_probability = 0.0

    @classmethod
    def seeded(cls, seed: int) -> "Sampler":
        """A sampler whose choices are the same on every machine and in every version of Python.

        `random.Random(seed).random()` is the only part of Python's `random` whose values are promised not to change,
        so nothing else of it is used: `choice` and `randrange` may change from version to version.
        """
        return cls(random.Random(seed).random)

    def choose(self, options: Sequence[T]) -> T:
        """One of the options, each equally likely. A single option costs nothing and uses no randomness."""
        if len(options) == 1:
            return options[0]
        option = options[int(self.uniform() * len(options))]
        self.log_probability -= math.log(len(options))
        return option

    def draw(self, items: tuple[T, ...], taken: Collection[object] = ()) -> T:
        """One of the items that are not taken, the earlier ones more often (see `Pool`). The last one left is free.

        Raises ValueError if all are taken.
        """
        pool = pool_of(items)
        gone = pool.gone(taken)
        if len(gone) == len(items):
            raise ValueError(f"all {len(items)} items of a pool are taken, such as {items[0]!r}")
        if len(gone) == len(items) - 1:
            return next(item for item in items if item not in taken)
        left = pool.left(gone)
        point = self.uniform() * left  # on a line of the weights that are left, laid end to end
        for rank in gone:
            if point < pool.upto[rank] - pool.weight(rank):
                break
            point += pool.weight(rank)  # step over the place of one that is gone
        rank = min(bisect_right(pool.upto, point), len(items) - 1)
        while rank in gone:  # rounding may land on the edge of one
            rank = (rank + 1) % len(items)
        self.log_probability += math.log(pool.weight(rank) / left)
        return items[rank]
