"""Telling a story that is to make given choices, each of the others as probable as it then is."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeVar

from course_lib.corpus.chance import Chance, Step, Todo, probabilities
from course_lib.corpus.choices import item_name
from course_lib.corpus.sampler import Sampler, pool_of
from course_lib.corpus.telling import FRESH, Bound, Item, Items, Plot, next_draw, slot_key, slot_phrase
from course_lib.corpus.template import Choice, Phrase, Slot

T = TypeVar("T")


class Teller:
    """Tells one story given choices.

    entropy: of the choices made so far, each given those before it, in nats.
    """

    def __init__(self, uniform: Callable[[], float]) -> None:
        self._sampler = Sampler(uniform)
        self.entropy = 0.0

    @property
    def log_probability(self) -> float:
        """Of the choices made so far, given those that are to be made, in nats."""
        return self._sampler.log_probability

    def pick(self, weighted: Sequence[tuple[T, float]]) -> T:
        """One of several, in proportion to the weights, of which some may be 0."""
        possible = [(item, weight) for item, weight in weighted if weight > 0]
        if len(possible) == 1:
            return possible[0][0]
        upto = list(accumulate(weight for _, weight in possible))
        shares = [weight / upto[-1] for _, weight in possible]
        self.entropy -= sum(share * math.log(share) for share in shares)
        point = self._sampler.uniform() * upto[-1]
        place = next((i for i, end in enumerate(upto) if point < end), len(possible) - 1)
        self._sampler.log_probability += math.log(shares[place])
        return possible[place][0]

    def tell(self, chance: Chance) -> str:
        """A story of a plot that makes the choices that this chance is of."""
        plot, step = chance.layout.plot, chance.layout.start
        todo, bound = frozenset(chance.wanted), Bound()
        pieces: list[str] = []
        while step is not None:
            part = step.part
            if isinstance(part, str):
                pieces.append(part)
                step = step.then
            elif isinstance(part, Choice):
                # The chance is 1 for every option as soon as nothing is left to do.
                step = self.pick([(option, chance.at(option, todo, bound)) for option in step.options])
            else:
                key = slot_key(bound, part.name)
                while draw := next_draw(plot, bound, key):
                    bound[draw[0]] = self._draw(chance, step, todo, bound, *draw)
                    todo -= {draw[0]}
                pieces.append(self._written(plot, slot_phrase(bound, part, key), bound))
                step = step.then
        return "".join(pieces)

    def _draw(self, chance: Chance, step: Step, todo: Todo, bound: Bound, key: str, items: Items) -> Item:
        name = key.partition("#")[0]
        taken = bound.values()
        if all(draw.name != name for draw in chance.layout.relevant(step, todo)):
            self.entropy += pool_of(items).entropy(taken)
            return self._sampler.draw(items, taken)
        then = step.then if name.startswith(FRESH) else step
        return self.pick(
            [
                (item, p * chance.at(then, todo - {name}, {**bound, key: item}))
                for item, p in probabilities(items, taken)
                if name not in todo or item_name(item) == chance.wanted[name]
            ]
        )

    def _written(self, plot: Plot, phrase: Phrase, bound: Bound) -> str:
        """The text of a slot; the slots that may stand in it ("fell on {his} knees") have nothing to draw."""
        return "".join(
            self._written(plot, slot_phrase(bound, part, part.name), bound) if isinstance(part, Slot) else str(part)
            for part in phrase
        )
