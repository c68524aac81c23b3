"""Is what a model is judged by really unseen? Two ways to look: whole texts, and runs of words in common."""

from collections.abc import Iterable, Sequence

NGRAM = 13  # words: GPT-3's choice (Brown et al. 2020, appendix C); ordinary phrases are shorter


def normal_form(text: str) -> str:
    """What is compared: words in lower case with single spaces, so that a copy with other line ends is a copy."""
    return " ".join(text.lower().split())


def copies(held_out: Sequence[str], train: Iterable[str]) -> list[int]:
    """Numbers of the held-out texts that are in the training text as well, as wholes."""
    known = {normal_form(text) for text in train}
    return [i for i, text in enumerate(held_out) if normal_form(text) in known]


def overlapping(held_out: Sequence[str], train: Iterable[str], n: int = NGRAM) -> list[int]:
    """Numbers of the held-out texts that share a run of n words with the training text.

    Raises ValueError if n is less than 1.
    """
    if n < 1:
        raise ValueError(f"a run has at least 1 word, got n = {n}")
    known = {gram for text in train for gram in word_runs(text, n)}
    return [i for i, text in enumerate(held_out) if not known.isdisjoint(word_runs(text, n))]


def word_runs(text: str, n: int) -> set[tuple[str, ...]]:
    """All runs of n words of a text in normal form."""
    words = normal_form(text).split()
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}
