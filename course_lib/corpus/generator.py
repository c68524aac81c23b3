"""The built-in source of stories: a seeded generator that knows how probable each of its stories is.

A story is made by choosing a plot, and then whatever the plot leaves open: a phrase, each equally likely, or a word,
the common ones more often. One `Sampler` makes all choices, and the log-probability of the story is the sum over them.
Two chains of choices could in principle give the same text; the sampler's sum would then lie below the text's
log-probability, and the entropy estimated from it would be an upper bound. `score` does not depend on this: it follows
every chain of choices that gives a text and adds their probabilities. The tests trace a sample of stories and find
exactly one chain for each, so that as far as is known the sum is the text's log-probability; this is measured, not
proved.
"""

import math
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from course_lib.corpus.plots import PLOTS
from course_lib.corpus.sampler import Sampler
from course_lib.corpus.splits import check_split, split_of
from course_lib.corpus.telling import tell, trace

VALIDATION_SHARE = 0.2  # of the texts that the generator can tell, by a hash; see `generate`


class Story(NamedTuple):
    """A story and its natural log-probability under the generator, in nats."""

    text: str
    log_probability: float
    plot: str


def write_story(seed: int) -> Story:
    """The story that belongs to a seed, on every machine and in every version of Python."""
    sampler = Sampler.seeded(seed)
    plot = sampler.choose(PLOTS)
    text = tell(plot, sampler)
    return Story(text, sampler.log_probability, plot.name)


def generate(split: str = "train") -> Iterator[Story]:
    """All stories of a split, without end; the first n are the same however many are taken.

    The stories of the seeds 0, 1, 2, … are dealt to the splits by a hash of their text, so no text is ever in both.
    Within a split the true log-probability is therefore log_probability − log(share of the split): 0.22 nats more for
    training and 1.6 for validation. No model can have this from the stories, since it would have to compute SHA-256,
    so the loss that can be reached is that of the generator itself, and this is the number that is given.

    Raises ValueError for a split other than "train" and "validation".
    """
    check_split(split)
    return (story for seed in count() if split_of((story := write_story(seed)).text, VALIDATION_SHARE) == split)


def score(text: str) -> float | None:
    """Natural log-probability of a text under the generator, or None if it cannot be one of its stories."""
    ends = [end for plot in PLOTS for end in trace(plot, text).log_probabilities]
    if not ends:
        return None
    top = max(ends)
    return top + math.log(sum(math.exp(end - top) for end in ends)) - math.log(len(PLOTS))
