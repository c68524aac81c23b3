"""Bringing the catalogues of a language up to date with what the course says now."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from course_lib.util.topics import Topic
from course_tools.authoring.layout import Kind, Page
from course_tools.authoring.source import parse
from course_tools.translating.catalogue import Catalogue, State, Text
from course_tools.translating.messages import messages
from course_tools.translating.places import FOLDER, SAID, catalogue_of, translated_sources
from course_tools.translating.sources import texts_of

# What is said beside every topic.
COMMON = ("check", "engine/", "show/", "capstone/", "diagram/", "builder/", "site/", "commands/", "report/", "page/")


class Extracted(NamedTuple):
    """A catalogue that was brought up to date in memory, and whether its file says something else, in any order."""

    name: str
    catalogue: Catalogue
    changed: bool
    states: dict[str, State]


def extract(root: Path, language: str, topics: Sequence[Topic] = ()) -> Iterator[Extracted]:
    """Every catalogue of the language, up to date; `topics` get one if they have none."""
    chosen = [Page(topic, kind).source for topic in topics for kind in (Kind.LESSON, Kind.SOLUTION)]
    sources = [*translated_sources(root, language), *(name for name in chosen if (root / name).is_file())]
    sources = list(dict.fromkeys(sources))
    for name in sources:
        text = (root / name).read_text(encoding="utf-8")
        source = parse(text, name, exercises=not name.startswith(Kind.LESSON.source_folder))
        texts = [Text(heading, english) for heading, english in texts_of(source)]
        yield _updated(root, catalogue_of(name, language), language, texts, places=[""])
    stems = [Path(name).stem.partition("_")[2] for name in sources]
    places = [*COMMON, *(f"{stem}/" for stem in dict.fromkeys(stems))]
    said = [Text(*message) for message in messages(root) if message.place.startswith(tuple(places))]
    yield _updated(root, f"{FOLDER}/{language}/{SAID}", language, said, places)


def _updated(root: Path, name: str, language: str, texts: list[Text], places: list[str]) -> Extracted:
    path = root / name
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    catalogue = Catalogue(path, language)
    catalogue.update(texts)
    states = {place.rstrip("/"): catalogue.state(place) for place in places}
    return Extracted(name, catalogue, _entries(before) != _entries(str(catalogue)), states)


def _entries(text: str) -> list[str]:
    """The entries of a catalogue. Sentences that only changed places in their module ask nothing of a translator."""
    return sorted(entry.strip() for entry in text.split("\n\n"))
