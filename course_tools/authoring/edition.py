"""The language that notebooks are built in: what is said in it, and how its pages are laid out."""

from collections.abc import Callable
from dataclasses import dataclass

from course_lib.util.language import IN_ENGLISH as ENGLISH_WORDS
from course_lib.util.language import Words
from course_tools.authoring.cells import Source


def as_it_is(text: str) -> str:
    """The text itself."""
    return text


def as_written(source: Source) -> Source:
    """The source itself."""
    return source


@dataclass(frozen=True)
class Edition:
    """The course in one language. What is not given is that of the sources, English.

    language: the folder of its notebooks, and what `COURSE_LANGUAGE` is in them; "" in English.
    words: for the builder's own phrases.   translate: a source, in this language.
    lay_out: markdown as it stands in a cell.   sources: those that are translated; None: all.
    """

    language: str = ""
    words: Words = ENGLISH_WORDS
    translate: Callable[[Source], Source] = as_written
    lay_out: Callable[[str], str] = as_it_is
    sources: frozenset[str] | None = None


IN_ENGLISH = Edition()
