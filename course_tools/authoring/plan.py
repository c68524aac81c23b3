"""Which notebooks are to be made, parsed and composed, and what is wrong with those that cannot be."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from course_lib.util.topics import TOPICS, Topic, find_topic
from course_tools.authoring import glossary, rules
from course_tools.authoring.cells import Source
from course_tools.authoring.compose import compose
from course_tools.authoring.edition import IN_ENGLISH, Edition
from course_tools.authoring.jupyter import NotebookNode
from course_tools.authoring.layout import Kind, Page
from course_tools.authoring.problems import Problem, SourceError
from course_tools.authoring.source import parse


class Planned(NamedTuple):
    """A notebook without outputs, and what it was made of."""

    page: Page
    source: Source
    notebook: NotebookNode


def choose_topics(names: Sequence[str]) -> tuple[Topic, ...]:
    """The topics called so (see `find_topic`), or all of them. Raises ValueError if there is none of that name."""
    return tuple(find_topic(name) for name in names) if names else TOPICS


def plan(
    root: Path, topics: Sequence[Topic], kinds: Sequence[Kind], repository: str, edition: Edition = IN_ENGLISH
) -> tuple[list[Planned], int]:
    """The notebooks of these topics and kinds, composed, and the number of sources that could not be parsed.

    What is wrong with a source is printed. Raises FileNotFoundError if none of the topics has a source, or in an
    edition a translated one.
    """
    existing = existing_pages(root, edition)
    pages = [page for page in existing if page.topic in topics and page.kind in kinds]
    if not pages:
        wanted = ", ".join(dict.fromkeys(Page(topic, kind).source for topic in topics for kind in kinds))
        whose = f" that is translated into {edition.language!r}" if edition.language else ""
        raise FileNotFoundError(f"there is none of {wanted} in {root}{whose}")
    sources = {name: _read_source(root, name) for name in dict.fromkeys(page.source for page in pages)}
    planned = []
    for page in pages:
        if source := sources[page.source]:
            source = edition.translate(source)
            notebook = compose(source, page, existing=existing, repository=repository, edition=edition)
            planned.append(Planned(page, source, notebook))
    return planned, sum(source is None for source in sources.values())


def existing_pages(root: Path, edition: Edition = IN_ENGLISH) -> list[Page]:
    """The notebooks that the course has: those with a source, in an edition with a translated one, in order."""
    pages = [Page(topic, kind, edition.language) for topic in TOPICS for kind in Kind]
    translated = edition.sources
    return [
        page for page in pages if (root / page.source).is_file() and (translated is None or page.source in translated)
    ]


def _read_source(root: Path, name: str) -> Source | None:
    """The parsed source, or None after saying what is wrong with it."""
    try:
        text = (root / name).read_text(encoding="utf-8")
        is_lesson = name.startswith(Kind.LESSON.source_folder)
        source = parse(text, name, exercises=not is_lesson)
        if is_lesson and (problems := broken_rules(root, source)):
            raise SourceError(name, problems)
        return source
    except SourceError as error:
        print(error, file=sys.stderr)
        return None


def broken_rules(root: Path, source: Source) -> list[Problem]:
    """What in a lesson breaks a rule for readers, or spells a term as the glossary does not."""
    return [*rules.find_problems(source), *glossary.find_problems(source, glossary.read_refused(root))]


def find_strays(root: Path) -> list[str]:
    """Sources that belong to no topic and notebooks that have no source, each with what is wrong."""
    strays = []
    known = {Page(topic, kind).source for topic in TOPICS for kind in Kind}
    for folder in sorted({kind.source_folder for kind in Kind}):
        for path in sorted((root / folder).glob("*.py")):
            if f"{folder}/{path.name}" not in known:
                strays.append(f"{folder}/{path.name}: no topic of this name in course_lib/util/topics.py")
    built = {page.notebook for page in existing_pages(root)}
    for kind in Kind:
        for path in sorted((root / kind).glob("*.ipynb")):
            if f"{kind}/{path.name}" not in built:
                strays.append(f"{kind}/{path.name}: it has no source in {kind.source_folder}")
    return strays
