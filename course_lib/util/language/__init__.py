"""The language in which the course answers: English, or what `COURSE_LANGUAGE` names, as far as it is translated.

Everything is written, compared and sent around in English. Only where a text is shown it is looked up: `words()` gives
the `Words` of the language that is chosen now. Beside this module lies a `<language>.json` for each translation, which
`course translate extract` derives from `translations/<language>/`.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from course_lib.util.language.direction import direction_of, in_digits_of
from course_lib.util.language.templates import Templates, filled

VARIABLE = "COURSE_LANGUAGE"
ENGLISH = "en"
EVERYWHERE = ("check", "engine/", "show/")  # places whose sentences may appear beside those of any topic
COMMANDS = "commands"  # what `course` says in a terminal, where no check speaks
MARK = "not translated yet"  # its translation stands before what is shown in English

__all__ = ["COMMANDS", "ENGLISH", "IN_ENGLISH", "MARK", "VARIABLE", "Words", "chosen", "languages", "words"]


class Words(NamedTuple):
    """What is said in one language, about one topic."""

    language: str = ENGLISH
    templates: Templates | None = None  # None: English, which needs none

    @property
    def direction(self) -> str:
        """ "ltr" or "rtl"."""
        return direction_of(self.language)

    def say(self, template: str, *values: object) -> str:
        """A sentence of the course's own, with values in place of {0}, {1}, …"""
        if self.templates is None:
            return filled(template, values)
        translated = self.templates.fixed(template)
        return self._marked(filled(template, values)) if translated is None else filled(translated, values)

    def tell(self, text: str) -> str:
        """A finished English text, put together from templates that are recognised; in English with a mark if not."""
        translated = self.known(text)
        return self._marked(text) if translated is None else translated

    def known(self, text: str) -> str | None:
        """The same, or None if it is not translated."""
        return text if self.templates is None else self.templates.translate(text)

    def number(self, number: int | float) -> str:
        """A number in prose, in the digits of the language."""
        return in_digits_of(self.language, str(number))

    def _marked(self, text: str) -> str:
        mark = self.templates.fixed(MARK) if self.templates else None
        return f"[{mark or MARK}] {text}"


IN_ENGLISH = Words()


def chosen() -> str:
    """The language that `COURSE_LANGUAGE` names. Raises ValueError, with those that there are, for another."""
    language = os.environ.get(VARIABLE, "").strip() or ENGLISH
    if language != ENGLISH and language not in languages():
        known = ", ".join((ENGLISH, *languages()))
        raise ValueError(f"{VARIABLE} is {language!r}, and the course answers in {known}: set it to one of these")
    return language


def languages() -> tuple[str, ...]:
    """The languages besides English that the course answers in."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.json")))


def words(near: str = "", language: str | None = None) -> Words:
    """The words of the chosen language.

    near: the topic whose sentences are needed besides the common ones; COMMANDS for those of the commands alone.
    """
    language = chosen() if language is None else language
    return IN_ENGLISH if language == ENGLISH else Words(language, _templates(language, near))


@lru_cache(maxsize=8)
def _templates(language: str, near: str) -> Templates:
    common = EVERYWHERE[:1] if near == COMMANDS else EVERYWHERE
    places = (*common, *((f"{near}/",) if near else ()))
    texts: dict[str, str] = {}
    for place, translated in _read(language).items():
        if place.startswith(places):
            texts |= translated
    return Templates(texts)


@lru_cache(maxsize=8)
def _read(language: str) -> Mapping[str, Mapping[str, str]]:
    """By place, what is said in English and what in the language."""
    return json.loads((Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8"))
