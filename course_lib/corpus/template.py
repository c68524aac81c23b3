"""The little language that the plots are written in, and how it is read into phrases.

A plot is plain English with four marks in it:

    [red|blue|green]   a choice: one of these, each equally likely; it may be nested, and an option may be empty
    {toy}              a slot: something of the cast, drawn when it is first named and remembered from then on
    {toy.color}        a feature of what the slot holds; a feature with several values is drawn and remembered, too
    <weather>          a shared phrase, put in here as if it had been typed here

`{he}`, `{him}`, `{his}` and `{himself}` are the hero's pronouns. A slot written with a capital, `{He}` or `{The spot}`,
gives its text with a capital. "a" before a choice or a slot becomes "an" where the word that follows asks for it. A
blank line begins a paragraph; any other line break is a space, or nothing beside `[`, `|` and `]`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

PRONOUNS = ("he", "him", "his", "himself")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for something of the cast.

    name: the slot, perhaps with a feature: "toy" or "toy.color".
    capital: True if the text begins with a capital letter.
    article: "a" or "A" if an indefinite article goes before the text, otherwise "".
    """

    name: str
    capital: bool = False
    article: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where one of several phrases is written, each equally likely."""

    options: "tuple[Phrase, ...]"


Part = str | Slot | Choice
Phrase = tuple[Part, ...]

_MARKS = re.compile(r"([\[\]|]|\{[^{}]*\})")
_SHARED = re.compile(r"<([^<>]*)>")
_ARTICLE = re.compile(r"(?:^|(?<=[\s\"]))([Aa]) $")


def with_article(article: str, text: str) -> str:
    """`text` behind "a" or "an", by its first letter: "an owl". Words such as "hour" and "unicorn" are not known."""
    if not article:
        return text
    return f"{article}n {text}" if text[0].lower() in "aeiou" else f"{article} {text}"


def with_capital(text: str) -> str:
    """`text` with its first letter as a capital and the others as they are."""
    return text[:1].upper() + text[1:]


def parse(text: str, shared: Mapping[str, str]) -> Phrase:
    """Read a template into the phrase that it stands for.

    shared: what `<name>` is replaced with; it may contain marks of its own.

    Raises ValueError for a bracket without its partner, an unknown shared phrase, or an option that leaves "a"
    without a word after it.
    """
    flat = _lay_out(_insert(text, shared))
    marks = [piece for piece in _MARKS.split(flat) if piece]
    phrase, end = _parse_sequence(marks, 0)
    if end < len(marks):
        raise ValueError(f"{marks[end]!r} without a '[' before it in: {flat}")
    return phrase


def _insert(text: str, shared: Mapping[str, str]) -> str:
    """Put the shared phrases in, until none is left."""

    def phrase(match: re.Match[str]) -> str:
        if match[1] not in shared:
            raise ValueError(f"no shared phrase is called <{match[1]}>; there are {', '.join(sorted(shared))}")
        return _insert(shared[match[1]].strip(), shared)

    return _SHARED.sub(phrase, text)


def _lay_out(text: str) -> str:
    """Turn the lines of a source file into paragraphs with single spaces."""
    paragraphs = re.split(r"\n[ \t]*\n", text.strip())
    paragraphs = [re.sub(r"\s*\n\s*(?=[|\]])|(?<=[\[|])\s*\n\s*", "", paragraph) for paragraph in paragraphs]
    return "\n\n".join(re.sub(r"\s*\n\s*", " ", paragraph.strip()) for paragraph in paragraphs)


def _parse_sequence(marks: list[str], start: int) -> tuple[Phrase, int]:
    """The phrase that begins at `start` and ends before an unmatched '|' or ']', and where it ends."""
    parts: list[Part] = []
    position = start
    while position < len(marks) and marks[position] not in ("|", "]"):
        mark = marks[position]
        if mark == "[":
            choice, position = _parse_choice(marks, position)
            _append(parts, choice)
        else:
            _append(parts, _parse_slot(mark) if mark.startswith("{") else mark)
            position += 1
    return tuple(parts), position


def _parse_choice(marks: list[str], start: int) -> tuple[Choice, int]:
    """The choice whose '[' is at `start`, and the position after its ']'."""
    options = []
    position = start
    while marks[position] != "]":
        phrase, position = _parse_sequence(marks, position + 1)
        if position == len(marks):
            raise ValueError(f"'[' without a ']' after it in: {''.join(marks)}")
        options.append(phrase)
    return Choice(tuple(options)), position + 1


def _parse_slot(mark: str) -> Slot:
    name = mark[1:-1]
    lower = name[:1].lower() + name[1:]
    if lower in PRONOUNS:
        lower = f"hero.{lower}"
    return Slot(lower, capital=name[:1].isupper())


def _append(parts: list[Part], part: Part) -> None:
    """Add a part; an "a" that stands right before a slot or a choice moves into it, where the next word is known."""
    article = _ARTICLE.search(parts[-1]) if parts and isinstance(parts[-1], str) and not isinstance(part, str) else None
    if article is None:
        parts.append(part)
        return
    before = article.string[: article.start()]
    parts[-1:] = [before] if before else []
    parts.append(_give_article(part, article[1]))


def _give_article(part: Part, article: str) -> Part:
    if isinstance(part, str):
        return with_article(article, part)
    if isinstance(part, Slot):
        return replace(part, article=article)
    if not all(part.options):
        raise ValueError(f"an empty option leaves {article!r} without a word after it in {part}")
    return Choice(tuple((_give_article(option[0], article), *option[1:]) for option in part.options))
