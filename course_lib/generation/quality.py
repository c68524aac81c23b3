"""How good is a text that a model wrote? Is it varied, and could the stories' own source have told it?"""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from course_lib.corpus import score
from course_lib.corpus.plots import PLOTS
from course_lib.corpus.telling import trace


def distinct_n(texts: Sequence[Sequence[Hashable]], n: int) -> float:
    """Distinct n-grams over all n-grams of the texts together, between 0 and 1  (Li et al. 2016, section 5.2).

    texts: of ids, or of words. 1 means that nothing is ever repeated; it falls with the length of what is compared, so
    compare texts of the same number of tokens. Raises ValueError if n is less than 1, or no text has n tokens.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    grams = [tuple(text[start : start + n]) for text in texts for start in range(len(text) - n + 1)]
    if not grams:
        raise ValueError(f"no text has {n} tokens, so there are no {n}-grams to count")
    return len(set(grams)) / len(grams)


class Judgement(NamedTuple):
    """What the built-in source of stories says of a text.

    log_probability: natural, of the whole text; None if the source can never tell it.
    possible_share: of the text's characters, those up to the first that the source could not have told at its place.
    """

    log_probability: float | None
    possible_share: float

    @property
    def possible(self) -> bool:
        """Whether the source can tell this very text, from its first word to its last."""
        return self.log_probability is not None

    def perplexity(self, tokens: int) -> float:
        """exp(−log p / tokens), to be held against a model's; infinite for a text that is not possible.

        tokens: of the text and its end, with the tokenizer of that model.
        """
        return math.inf if self.log_probability is None else math.exp(-self.log_probability / tokens)


def judge(text: str) -> Judgement:
    """Trace a whole text through every plot of the built-in source."""
    share = possible_share(text)
    return Judgement(score(text) if share == 1 else None, share)


def possible_share(text: str) -> float:
    """How far into the text a story of the source can agree with it, as a share of its characters.

    It measures more than grammar: who did what with which thing must fit together from the beginning of the story on.
    A share of 1 with `corpus.score(text)` None is a possible beginning without its end. Raises ValueError for no text.
    """
    if not text:
        raise ValueError("an empty text has no share that is possible; was the end-of-text token drawn at once?")
    return max(trace(plot, text).agrees_up_to for plot in PLOTS) / len(text)
