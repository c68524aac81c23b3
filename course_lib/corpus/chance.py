"""The probability that a plot makes the choices it is asked for, from any place in its telling on: exactly.

A plot is laid out as a chain of steps. The chance at a step is the sum over what may be chosen there of its probability
times the chance at the next step, so it is computed once for each step and each different past. Few pasts are
different: of all that a story has drawn, only what stands in a pool that is still to be drawn from, and whose draw can
change the chance, matters ("a red scarf" early in the story means that the present is not a scarf). All else is
forgotten.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from course_lib.corpus.choices import item_name
from course_lib.corpus.sampler import pool_of
from course_lib.corpus.telling import FRESH, Bound, Item, Items, Plot, next_draw
from course_lib.corpus.template import Choice, Part, Phrase, Slot
from course_lib.corpus.words import POOLS


@dataclass(frozen=True, eq=False)
class Step:
    """A part of a plot and what comes after it.

    then: the next step, None at the end.   options: of a choice, the first step of each; each of them leads to `then`.
    """

    part: Part
    then: "Step | None"
    options: "tuple[Step | None, ...]" = ()


Todo = frozenset[str]  # slots that must still be drawn as they are wanted
Kept = frozenset[tuple[str, Item | None]]  # of the past what matters: (slot, item); None: drawn, whatever it was


class Draw(NamedTuple):
    """Something that may have to be drawn before a slot has a text.

    items: all that it may ever give.   above: the slot of whose features they are one, or "".
    """

    name: str
    items: Items
    above: str

    @property
    def is_fresh(self) -> bool:
        """Whether it is drawn anew at each place, and so has no name later."""
        return self.name.startswith(FRESH)


class Mattering(NamedTuple):
    """What of the past can change the chance from a step on: items that are taken, and what some slots hold."""

    items: frozenset[Item]
    slots: frozenset[str]


class Layout:
    """A plot as a chain of steps, with what matters at each of them. It is the same whatever the slots must hold."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self._steps: list[Step] = []  # each after those that follow it
        self.start = self._lay_out(plot.phrase, None)
        self._draws: dict[str, tuple[Draw, ...]] = {}
        self._mattering: dict[Todo, dict[Step | None, Mattering]] = {}
        self._relevant: dict[tuple[Step, Todo], tuple[Draw, ...]] = {}

    def relevant(self, step: Step, todo: Todo) -> tuple[Draw, ...]:
        """The draws at this step whose outcome can change the chance, as far as they are still to be made."""
        if (step, todo) not in self._relevant:
            items, slots = self._what_matters(todo)[step] if todo else (frozenset(), frozenset())
            draws = self._draws_of(step.part.name) if isinstance(step.part, Slot) else ()
            self._relevant[step, todo] = tuple(
                d for d in draws if d.name in todo or d.name in slots or not items.isdisjoint(d.items)
            )
        return self._relevant[step, todo]

    def _lay_out(self, phrase: Phrase, then: Step | None) -> Step | None:
        for part in reversed(phrase):
            options = tuple(self._lay_out(option, then) for option in part.options) if isinstance(part, Choice) else ()
            then = Step(part, then, options)
            self._steps.append(then)
        return then

    def _draws_of(self, name: str) -> tuple[Draw, ...]:
        """What has to be drawn, in order, before a slot of this name has a text, if nothing was drawn before."""
        if name not in self._draws:
            owner, _, feature = name.partition(".")
            draws = self._draws_of_owner(owner)
            values = [getattr(item, feature) for item in draws[-1].items] if feature else []
            inner = (Draw(name, _together(values), owner),) if values and isinstance(values[0], tuple) else ()
            self._draws[name] = draws + inner
        return self._draws[name]

    def _draws_of_owner(self, owner: str) -> tuple[Draw, ...]:
        source = self.plot.cast[owner] if owner in self.plot.cast else POOLS[owner.removeprefix(FRESH)]
        if not isinstance(source, str):
            return (Draw(owner, source, ""),)
        above, _, feature = source.partition(".")
        draws = self._draws_of_owner(above)
        return (*draws, Draw(owner, _together(getattr(item, feature) for item in draws[-1].items), above))

    def _what_matters(self, todo: Todo) -> dict[Step | None, Mattering]:
        """For each step what can change the chance from there on, found from the end of the plot to its beginning.

        A draw matters if it is wanted, if a draw that matters depends on it, or if it may take an item from a draw
        that matters and comes later. Then everything else that may take its items matters as well.
        """
        if todo not in self._mattering:
            found: dict[Step | None, Mattering] = {None: Mattering(frozenset(), frozenset())}
            for step in self._steps:
                items, slots = found[step.then]
                if isinstance(step.part, Choice):
                    items = frozenset().union(*(found[option].items for option in step.options))
                    slots = frozenset().union(*(found[option].slots for option in step.options))
                elif isinstance(step.part, Slot):
                    for draw in reversed(self._draws_of(step.part.name)):
                        if draw.name in todo:  # from here on, one thing less is to do
                            items, slots = self._what_matters(todo - {draw.name})[step]
                        if draw.name in todo or draw.name in slots or not items.isdisjoint(draw.items):
                            items, slots = items.union(draw.items), slots | {draw.above}
                found[step] = Mattering(items, slots)
            self._mattering[todo] = found
        return self._mattering[todo]

    def keep(self, step: Step | None, todo: Todo, bound: Iterable[tuple[str, Item | None]]) -> Kept:
        """Of what the slots hold, what matters from this step on."""
        if not todo:
            return frozenset()
        items, slots = self._what_matters(todo)[step]
        kept: list[tuple[str, Item | None]] = []
        for name, item in bound:
            if not name.startswith(FRESH):
                kept.append((name, item if name in slots or item in items else None))
            elif item in items:
                kept.append((FRESH, item))  # where it was drawn does not matter
        return frozenset(kept)


@cache
def layout_of(plot: Plot) -> Layout:
    """The layout of a plot, made once."""
    return Layout(plot)


class Chance:
    """The chance that a plot, told to its end, gives its slots what is wanted.

    wanted: the name of the item that each slot must hold.
    """

    def __init__(self, plot: Plot, wanted: Mapping[str, str]) -> None:
        self.layout = layout_of(plot)
        self.wanted = wanted
        self._known: dict[tuple[Step, Todo, Kept], float] = {}

    def of_all(self) -> float:
        """The chance before anything is told."""
        return self.at(self.layout.start, frozenset(self.wanted), {})

    def at(self, step: Step | None, todo: Todo, bound: Bound) -> float:
        """The chance of all that is to do, from this step on, when the slots hold this."""
        return self._at(step, todo, self.layout.keep(step, todo, bound.items())) if todo else 1.0

    def _at(self, step: Step | None, todo: Todo, kept: Kept) -> float:
        if not todo:
            return 1.0
        while step is not None and not isinstance(step.part, Choice) and self._next(step, todo, kept) is None:
            step = step.then
        if step is None:
            return 0.0  # told to the end, and something wanted was not drawn
        key = (step, todo, self.layout.keep(step, todo, kept))
        if key not in self._known:
            self._known[key] = self._sum(*key)
        return self._known[key]

    def _next(self, step: Step, todo: Todo, kept: Kept) -> Draw | None:
        drawn = {name for name, _ in kept}
        return next((draw for draw in self.layout.relevant(step, todo) if draw.name not in drawn), None)

    def _sum(self, step: Step, todo: Todo, kept: Kept) -> float:
        if isinstance(step.part, Choice):
            chances = [self._at(option, todo, self.layout.keep(option, todo, kept)) for option in step.options]
            return sum(chances) / len(chances)
        draw = self._next(step, todo, kept)
        assert draw is not None
        items = draw.items
        if draw.above:
            bound = {slot: item for slot, item in kept if item is not None and slot != FRESH}
            found = next_draw(self.layout.plot, bound, draw.name)
            assert found is not None
            items = found[1]
        then = step.then if draw.is_fresh else step
        left = todo - {draw.name}
        return sum(
            p * self._at(then, left, self.layout.keep(then, left, [*kept, (draw.name, item)]))
            for item, p in probabilities(items, [item for _, item in kept])
            if draw.name not in todo or item_name(item) == self.wanted[draw.name]
        )


def probabilities(items: Items, taken: Iterable[Item | None]) -> Iterator[tuple[Item, float]]:
    """Each item that is not taken, with the probability that `Sampler.draw` gives it."""
    pool, out = pool_of(items), set(taken)
    left = pool.left(pool.gone(out))
    return ((item, pool.weight(rank) / left) for rank, item in enumerate(items) if item not in out)


def _together(pools: Iterable[Items]) -> Items:
    """The items of several pools, each once."""
    return tuple(dict.fromkeys(item for pool in pools for item in pool))
