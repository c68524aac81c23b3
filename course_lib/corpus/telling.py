"""How a plot becomes a story, and how a story is traced back to its plot.

`tell` walks through a plot and asks the sampler at each choice. `trace` walks through the same plot with a text in
hand and follows every choice that agrees with it: a parser, with the plot as its grammar.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol, runtime_checkable

from course_lib.corpus.phrases import PHRASES
from course_lib.corpus.sampler import Sampler, pool_of
from course_lib.corpus.template import Choice, Phrase, Slot, parse, with_article, with_capital
from course_lib.corpus.words import POOLS


@runtime_checkable
class Named(Protocol):
    """Something that a story can name, with features that the plot may use."""

    @property
    def name(self) -> str:
        """How it is called in a sentence."""
        ...


Item = str | Named
Items = tuple[Item, ...]

FRESH = "any "  # a slot of this name draws something new wherever it stands


@dataclass(frozen=True, eq=False)
class Plot:
    """A kind of story.

    cast: for every slot the pool that it is drawn from, or the feature of another slot that is its pool
        ("place.spots"). Nothing is drawn twice in one story.
    text: what is told, in the language of `template`.
    lesson: what the story teaches, in a word.
    about: the slot of what the story turns on beside its hero: the kite in the tree, the vase that breaks.
    """

    name: str
    cast: Mapping[str, Items | str]
    text: str
    lesson: str = ""
    about: str = ""

    @cached_property
    def phrase(self) -> Phrase:
        """The text, parsed: choices, slots and plain words."""
        return parse(self.text, PHRASES)


Bound = dict[str, Item]  # what the slots of a story hold so far


def slot_key(bound: Bound, name: str) -> str:
    """Under which key a slot's item is held: its name, with a number of its own where each draw is a fresh one."""
    return f"{name}#{len(bound)}" if name.startswith(FRESH) else name


def next_draw(plot: Plot, bound: Bound, name: str) -> tuple[str, Items] | None:
    """What has to be drawn before the slot `name` has a text, and from which items; None if nothing has.

    Of the items those that the story holds already are taken.
    """
    owner, _, feature = name.partition(".")
    if owner not in bound:
        source = plot.cast[owner] if owner in plot.cast else POOLS[owner.removeprefix(FRESH).partition("#")[0]]
        if isinstance(source, str):
            return next_draw(plot, bound, source.partition(".")[0]) or (owner, _items(_feature(bound, source)))
        return owner, source
    if feature and name not in bound and isinstance(items := _feature(bound, name), tuple):
        return name, items
    return None


def _feature(bound: Bound, name: str) -> Item | Items:
    owner, _, feature = name.partition(".")
    return getattr(bound[owner], feature)


def _items(feature: Item | Items) -> Items:
    assert isinstance(feature, tuple)
    return feature


def slot_phrase(bound: Bound, slot: Slot, key: str) -> Phrase:
    """The text of a slot whose draws are made: a single string, unless a feature has slots of its own."""
    item = bound[key] if key in bound else _feature(bound, key)
    assert not isinstance(item, tuple)
    return _written(item if isinstance(item, str) else item.name, slot.article, slot.capital)


@cache
def _written(text: str, article: str, capital: bool) -> Phrase:
    text = with_article(article, text)
    return parse(with_capital(text) if capital else text, {})


def tell(plot: Plot, sampler: Sampler) -> str:
    """Write one story."""
    bound: Bound = {}
    pieces: list[str] = []

    def write(phrase: Phrase) -> None:
        for part in phrase:
            if isinstance(part, str):
                pieces.append(part)
            elif isinstance(part, Choice):
                write(sampler.choose(part.options))
            else:
                key = slot_key(bound, part.name)
                while draw := next_draw(plot, bound, key):
                    drawn, items = draw
                    bound[drawn] = sampler.draw(items, bound.values())
                write(slot_phrase(bound, part, key))

    write(plot.phrase)
    return "".join(pieces)


@cache
def _beginnings(items: Items, article: str, capital: bool) -> tuple[str, ...]:
    """How the text of each item begins in a slot of this kind: "" where it begins with a slot of its own."""
    phrases = [_written(item if isinstance(item, str) else item.name, article, capital) for item in items]
    return tuple(phrase[0] if isinstance(phrase[0], str) else "" for phrase in phrases)


@dataclass(frozen=True, slots=True)
class Path:
    """One way through a plot that agrees with a text.

    position: characters of the text told so far.
    log_probability: of the choices made so far, in nats.
    """

    position: int
    bound: Bound
    log_probability: float


@dataclass(frozen=True, slots=True)
class Trace:
    """What tracing a text through a plot has found.

    ends: each way that gives exactly the text.
    agrees_up_to: characters of the text that the plot could have told.
    furthest: the ways whose last whole part ends furthest in the text.
    """

    ends: tuple[Path, ...]
    agrees_up_to: int
    furthest: tuple[Path, ...]

    @property
    def log_probabilities(self) -> tuple[float, ...]:
        """Of each way that gives exactly the text, in nats."""
        return tuple(path.log_probability for path in self.ends)


def trace(plot: Plot, text: str) -> Trace:
    """Find every way in which a plot could have told a text.

    All ways are followed side by side, one part of the plot after the other; those that leave the text are dropped.
    """
    furthest = 0
    leading = [Path(0, {}, 0.0)]  # the ways that have read furthest

    def follow(phrase: Phrase, paths: list[Path]) -> list[Path]:
        for part in phrase:
            if not paths:
                break
            if isinstance(part, str):
                paths = [told for path in paths if (told := read(part, path))]
            elif isinstance(part, Choice):
                cost = math.log(len(part.options))
                paths = [Path(path.position, path.bound, path.log_probability - cost) for path in paths]
                paths = [path for option in part.options for path in follow(option, paths)]
            else:
                keys = [slot_key(path.bound, part.name) for path in paths]
                cast = [
                    (path, key) for before, key in zip(paths, keys, strict=True) for path in draws(before, part, key)
                ]
                paths = [path for start, key in cast for path in follow(slot_phrase(start.bound, part, key), [start])]
        return paths

    def read(literal: str, path: Path) -> Path | None:
        nonlocal leading
        if not agrees(literal, path.position):
            return None
        told = Path(path.position + len(literal), path.bound, path.log_probability)
        if told.position >= leading[0].position:
            leading = [told] if told.position > leading[0].position else [*leading, told]
        return told

    def agrees(literal: str, position: int) -> bool:
        nonlocal furthest
        if text.startswith(literal, position):
            furthest = max(furthest, position + len(literal))
            return True
        if text.startswith(literal[: furthest + 1 - position], position):  # further than any before, but not to its end
            furthest = position + _agreement(literal, text[position : position + len(literal)])
        return False

    def draws(path: Path, slot: Slot, key: str) -> list[Path]:
        """The path with all that could have been drawn for the slot before its text is written."""
        draw = next_draw(plot, path.bound, key)
        if draw is None:
            return [path]
        name, items = draw
        taken = set(path.bound.values())
        pool = pool_of(items)
        left = pool.left(pool.gone(taken))
        beginnings = _beginnings(items, slot.article, slot.capital) if name == key else ("",) * len(items)
        is_last = len(items) - len(pool.gone(taken)) == 1  # and free
        done = []
        for rank, (item, beginning) in enumerate(zip(items, beginnings, strict=True)):
            # Most items end here, before anything is made for them.
            if item not in taken and agrees(beginning, path.position):
                cost = 0.0 if is_last else math.log(left / pool.weight(rank))
                done += draws(Path(path.position, {**path.bound, name: item}, path.log_probability - cost), slot, key)
        return done

    paths = follow(plot.phrase, leading)
    return Trace(tuple(path for path in paths if path.position == len(text)), furthest, tuple(leading))


def _agreement(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
