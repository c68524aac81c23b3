"""Stories given some of their choices: how probable they are, how much chance is left in them, and telling them.

`given` names choices and their values as `choices_of` does: {"hero": "Lily", "object": "kite", "lesson": "patience"}.
Everything follows from the exact chance that a plot makes these choices (see `chance`): p(story | choices) is
p(story) / p(choices), and the next choice of a story that is to make them has the probability
p(x | past) · chance after x / chance before it. So a story is told as it should be at the first attempt, none is
thrown away, and the entropy of each of its choices is known when it is made.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from course_lib.corpus.chance import Chance
from course_lib.corpus.choices import Choices, log_sum, matching_paths, wanted_slots
from course_lib.corpus.floor import Estimate, estimate
from course_lib.corpus.generator import Story
from course_lib.corpus.plots import PLOTS
from course_lib.corpus.sampler import Sampler
from course_lib.corpus.teller import Teller
from course_lib.corpus.telling import Plot

NONE: Choices = {}
STORIES = 1_000  # enough for a standard error of some hundredths of a nat


def log_prob_of_choices(given: Choices, plots: Sequence[Plot] = PLOTS) -> float:
    """log of the exact probability that a story makes these choices, in nats. Raises ValueError if none can."""
    return math.log(sum(chance for _, chance in _possible(given, plots)) / len(plots))


def log_prob(text: str, given: Choices = NONE, plots: Sequence[Plot] = PLOTS) -> float:
    """log p(text | given) under the generator, exactly, in nats; −∞ if no story with these choices has this text.

        log_prob(story)                                             # as `score`
        log_prob(story, {"hero": "Lily", "lesson": "patience"})     # nearer to 0: less is left to chance

    Raises ValueError if no story makes the given choices.
    """
    ways = [path.log_probability - math.log(len(plots)) for path in matching_paths(text, given, plots)]
    return log_sum(ways) - log_prob_of_choices(given, plots)


def sample(given: Choices = NONE, n: int = 1, seed: int = 0, plots: Sequence[Plot] = PLOTS) -> list[Story]:
    """n stories that make the given choices, each as probable as the generator makes it among those that do.

    The first of them do not depend on n. Their `log_probability` is log p(story | given).
    Raises ValueError if no story makes the given choices, or n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    telling = _possible(given, plots)
    uniform = Sampler.seeded(seed).uniform
    stories = []
    for _ in range(n):
        teller = Teller(uniform)
        chance = teller.pick(telling)
        text = teller.tell(chance)
        stories.append(Story(text, teller.log_probability, chance.layout.plot.name))
    return stories


def entropy(given: Choices = NONE, n: int = STORIES, seed: int = 0, plots: Sequence[Plot] = PLOTS) -> Estimate:
    """H(story | given): the least loss, in nats per story, of whoever knows these choices and nothing else.

    It is a sum over a story's choices of the entropy of each, given those before it. That of the plot is exact, and so
    is each of the others along a story; the mean over about n stories, each plot with its share of them, hits the true
    value on average. Only what one story of a plot leaves open more than another is left to chance: with as many
    stories, the standard error is about half that of the mean of −log p.

    Raises ValueError if no story makes the given choices, or n is below 2.
    """
    if n < 2:
        raise ValueError(f"an estimate needs at least 2 stories, got n = {n}")
    telling = _possible(given, plots)
    total = sum(weight for _, weight in telling)
    uniform = Sampler.seeded(seed).uniform
    mean = variance = 0.0
    for chance, weight in telling:
        share = weight / total
        nats = []
        for _ in range(max(2, round(n * share))):
            teller = Teller(uniform)
            teller.tell(chance)
            nats.append(teller.entropy)
        of_plot = estimate(nats)
        mean += share * (of_plot.mean - math.log(share))
        variance += (share * of_plot.standard_error) ** 2
    return Estimate(mean, math.sqrt(variance))


def _possible(given: Choices, plots: Sequence[Plot]) -> list[tuple[Chance, float]]:
    """Each plot that can make the choices, with its chance to. Raises ValueError if none can."""
    wanted = [(plot, wanted_slots(plot, given)) for plot in plots]
    chances = [_chance(plot, tuple(sorted(slots.items()))) for plot, slots in wanted if slots is not None]
    possible = [(chance, of_all) for chance in chances if (of_all := chance.of_all()) > 0]
    if not possible:
        names = ", ".join(f"{name}: {value!r}" for name, value in given.items())
        raise ValueError(f"no story of the generator has {names}; choices_of(story) shows what stories have")
    return possible


@lru_cache(maxsize=64)  # the sixteen plots for the last few requests
def _chance(plot: Plot, wanted: tuple[tuple[str, str], ...]) -> Chance:
    return Chance(plot, dict(wanted))
