"""What a story is about, read from its text by the generator's own knowledge: no word list, no guess.

A story's choices have names: its `plot`, the `lesson` that the plot teaches, its `hero`, the `object` that it turns on
beside the hero (a kite, a vase, a pet), and whatever else its plot names: `friend`, `adult`, `place`, …
"""

import math
from collections.abc import Mapping, Sequence

from course_lib.corpus.plots import PLOTS
from course_lib.corpus.telling import FRESH, Bound, Item, Path, Plot, trace

Choices = Mapping[str, str]


def choices_of(text: str, plots: Sequence[Plot] = PLOTS) -> dict[str, str] | None:
    """The choices that a story was told with, by name; None if the generator cannot tell this text.

        choices_of(story)  # {"plot": "stuck in a tree", "lesson": "courage", "hero": "Lily", "object": "kite", …}

    Should several chains of choices give the text, it is the most probable one (none is known: see `generator`).
    """
    ends = [(path.log_probability, plot, path) for plot in plots for path in trace(plot, text).ends]
    if not ends:
        return None
    _, plot, path = max(ends, key=lambda end: end[0])
    return named_choices(plot, path.bound)


def choices_so_far(text: str, plots: Sequence[Plot] = PLOTS) -> dict[str, str]:
    """The choices that the beginning of a text has settled, up to where it ends or no story agrees with it any more.

    Of all chains of choices that agree with the text furthest, only what they have in common is given. So a model's
    story that goes wrong in its last sentence still says whom it is about.
    """
    traced = [(plot, trace(plot, text)) for plot in plots]
    reach = max(found.furthest[0].position for _, found in traced)
    paths = [(plot, path) for plot, found in traced for path in found.furthest if path.position == reach]
    first, *others = [named_choices(plot, path.bound) for plot, path in paths]
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def named_choices(plot: Plot, bound: Bound) -> dict[str, str]:
    """A plot and what its slots hold, as choices by name. What is drawn anew at each place has no name, so no entry."""
    named = {name: item_name(item) for name, item in bound.items() if not name.startswith(FRESH)}
    about = {"object": named[plot.about]} if plot.about in named else {}
    first = {"plot": plot.name, "lesson": plot.lesson, **({"hero": named["hero"]} if "hero" in named else {}), **about}
    return {**first, **named}


def item_name(item: Item) -> str:
    """How an item of the cast is called."""
    return item if isinstance(item, str) else item.name


def wanted_slots(plot: Plot, given: Choices) -> dict[str, str] | None:
    """Which slot of a plot must hold what for the given choices to be met; None if this plot cannot meet them."""
    if given.get("plot", plot.name) != plot.name or given.get("lesson", plot.lesson) != plot.lesson:
        return None
    wanted: dict[str, str] = {}
    for name, value in given.items():
        slot = plot.about if name == "object" else name
        if name in ("plot", "lesson"):
            continue
        if not slot or wanted.get(slot, value) != value:
            return None
        wanted[slot] = value
    return wanted


def meets(choices: Choices | None, given: Choices) -> bool:
    """Whether these are the choices of a story, and those that were asked for among them."""
    return choices is not None and all(choices.get(name) == value for name, value in given.items())


def log_sum(logs: Sequence[float]) -> float:
    """log Σ eˣ, −∞ for none."""
    top = max(logs, default=-math.inf)
    return top if math.isinf(top) else top + math.log(sum(math.exp(log - top) for log in logs))


def matching_paths(text: str, given: Choices, plots: Sequence[Plot]) -> list[Path]:
    """Every way in which the plots could have told the text with the given choices."""
    return [path for plot in plots for path in trace(plot, text).ends if meets(named_choices(plot, path.bound), given)]
