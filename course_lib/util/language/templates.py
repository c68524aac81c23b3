"""Recognising a finished English sentence by the template that it was made from, and saying it in another language.

A report says "expected shape (2, 3) in output, got shape (3, 2)". Its template is "expected shape {0}{1}, got shape
{2}", its values are recognised, translated where they are sentences themselves, and put into the translated template.
So whoever writes a check writes plain English, and two answers are compared in English whatever the language.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

LONGEST = 4_000  # characters of a text that is looked at
SHORT = 6  # a template of fewer letters, as "a {0}", would recognise too much: its values are single words
_ONE_WORD = re.compile(r"\S*|\(.*\)|\[.*\]")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_PLACEHOLDERS = re.compile(r"((?:\{\d+\})+)")  # one or several without anything between


def filled(template: str, values: Sequence[object]) -> str:
    """The template with its values; other braces stay as they are."""
    return _PLACEHOLDER.sub(lambda found: str(values[int(found[1])]), template)


class Templates:
    """English sentences, some with {0}, {1}, … for values, and what they are in another language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._fixed = dict(texts)
        self._beginnings = [(english, other) for english, other in texts.items() if english.endswith(", but ")]
        templates = [_Template(english) for english in texts if _PLACEHOLDER.search(english)]
        # What says most by itself is tried first: "{0} items" would recognise too much.
        self._templates = sorted(filter(_Template.says_something, templates), key=_Template.precedence)

    def fixed(self, template: str) -> str | None:
        """The translation of a template, not filled."""
        return self._fixed.get(template)

    def translate(self, text: str) -> str | None:
        """The text in the other language, or None if it is not known."""
        if len(text) > LONGEST:
            return None
        return self._with_more_rows(text) or self._labelled(text) or self._whole(text) or self._joined(text)

    def _with_more_rows(self, text: str) -> str | None:
        """A sentence and what stands in rows of its own below it, such as the input."""
        for start in reversed([found.start() for found in re.finditer("\n", text)]):  # the input is the last row
            below = self._whole(text[start:])
            if below is not None and (above := self.translate(text[:start])) is not None:
                return above + below
        return None

    def _labelled(self, text: str) -> str | None:
        """What stands behind the label of a case: "3 tokens: expected …"."""
        for found in re.finditer(": ", text):
            label = self._whole(text[: found.start()])
            if label is not None and (rest := self.translate(text[found.end() :])) is not None:
                return f"{label}: {rest}"
        return None

    def _whole(self, text: str) -> str | None:
        if text in self._fixed:
            return self._fixed[text]
        for template in self._templates:
            if (groups := template.match(text)) is not None:
                values: list[str] = []
                for count, group in groups:
                    values += [self._value(part) for part in self._shared(group, count)]
                order = [values[template.numbers.index(number)] for number in sorted(template.numbers)]
                return filled(self._fixed[template.english], order)
        return None

    def _joined(self, text: str) -> str | None:
        """A sentence with another behind it: "the right result, but …", or a hint behind what Python says."""
        for beginning, translated_beginning in self._beginnings:
            if text.startswith(beginning) and (rest := self._whole(text[len(beginning) :])) is not None:
                return translated_beginning + rest
        for found in re.finditer(r" \(", text):
            hint = self._fixed.get(text[found.end() :].removesuffix(")"))
            if hint is not None:
                return f"{self._value(text[: found.start()])} ({hint})"
        return None

    def _value(self, text: str) -> str:
        """A value as it is, unless it is a sentence, or a part of one, that is known."""
        translated = self.translate(text) if text.strip() else None
        return text if translated is None else translated

    def _shared(self, text: str, count: int) -> list[str]:
        """The text of several placeholders without anything between, cut where a known sentence begins."""
        if count == 1:
            return [text]
        for start in (found.start() for found in re.finditer(r"[ (\n]", text)):
            if start and self._whole(text[start:]) is not None:
                return [*self._shared(text[:start], count - 1), text[start:]]
        return [text, *[""] * (count - 1)]


class _Template:
    """An English sentence with placeholders, and the pattern of what is made from it."""

    def __init__(self, english: str) -> None:
        self.english = english
        parts = _PLACEHOLDERS.split(english)
        self._literals = parts[::2]
        self._counts = [len(_PLACEHOLDER.findall(run)) for run in parts[1::2]]
        self.numbers = [int(number) for number in _PLACEHOLDER.findall(english)]
        self.letters = sum(letter.isalpha() for literal in self._literals for letter in literal)
        self._is_vague = self.letters < SHORT and ":" not in english

    def says_something(self) -> bool:
        """Whether there are words besides the values."""
        return self.letters > 0

    def precedence(self) -> tuple[int, int]:
        """Orders templates: more words first, then more values."""
        return -self.letters, -len(self.numbers)

    def match(self, text: str) -> list[tuple[int, str]] | None:
        """For each run of placeholders how many they are and what stands there; None for another sentence."""
        if not all(literal in text for literal in self._literals):
            return None
        found = _pattern(tuple(self._literals)).fullmatch(text)
        if found is None or (self._is_vague and not all(map(_ONE_WORD.fullmatch, found.groups()))):
            return None
        return list(zip(self._counts, found.groups(), strict=True))


@lru_cache(maxsize=4_096)
def _pattern(literals: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, literals)), re.DOTALL)
