"""Predictions that are worked out from several ingredients: what comes of a slip in one of them, or in two at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from course_lib.checks.engine.exercise import Misconception


@dataclass(frozen=True)
class Slip:
    """A wrong value of one ingredient. name and explanation: as of a `Misconception`."""

    value: Any
    name: str
    explanation: str


@dataclass(frozen=True)
class Ingredient:
    """One thing that a prediction is made of: its right value, and those that people take instead."""

    right: Any
    slips: tuple[Slip, ...]


def misconceptions_of(ingredients: Sequence[Ingredient], predict: Callable[..., Any]) -> tuple[Misconception, ...]:
    """A misconception for each slip, then for each two slips in different ingredients; each of another result.

    predict: the prediction, given a value of each ingredient. A result that only pairs give, and more than one of them,
    says nothing about who made it, so it is left without a name.
    """
    taken = [predict(*(ingredient.right for ingredient in ingredients))]
    found = []
    for at_once in (1, 2):
        results = list(_results(ingredients, predict, at_once))
        values = [value for _, value in results]
        for slips, value in results:
            if value in taken or (at_once == 2 and values.count(value) > 1):
                continue
            taken.append(value)
            found.append(_misconception(slips, value))
    return tuple(found)


def _results(
    ingredients: Sequence[Ingredient], predict: Callable[..., Any], at_once: int
) -> Iterator[tuple[tuple[Slip, ...], Any]]:
    for places in combinations(range(len(ingredients)), at_once):
        for slips in product(*(ingredients[place].slips for place in places)):
            values = [ingredient.right for ingredient in ingredients]
            for place, slip in zip(places, slips, strict=True):
                values[place] = slip.value
            yield slips, predict(*values)


def _misconception(slips: Sequence[Slip], value: Any) -> Misconception:
    return Misconception(
        ", and ".join(slip.name for slip in slips),
        lambda: value,
        " ".join(dict.fromkeys(slip.explanation for slip in slips)),
    )
