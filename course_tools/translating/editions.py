"""The editions that there are, for the builder and for the site."""

from pathlib import Path

from course_lib.util.language import MARK, words
from course_lib.util.language.direction import direction_of
from course_tools.authoring.cells import Source
from course_tools.authoring.edition import Edition, as_it_is
from course_tools.authoring.layout import Page
from course_tools.authoring.plan import existing_pages
from course_tools.translating.catalogue import Catalogue
from course_tools.translating.layout import from_the_right, left_as_it_is
from course_tools.translating.messages import BUILDERS
from course_tools.translating.places import catalogue_of, languages, translated_sources
from course_tools.translating.sources import translated_source


def editions(root: Path) -> dict[str, list[Page]]:
    """Every language besides English that has translated notebooks, with these: `page.notebook` is the path of one."""
    found = {language: existing_pages(root, edition(root, language)) for language in languages(root)}
    return {language: pages for language, pages in found.items() if pages}


def edition(root: Path, language: str) -> Edition:
    """The edition in a language. Raises ValueError, with the languages that there are, for another."""
    if language not in languages(root):
        known = ", ".join(languages(root)) or "none yet"
        raise ValueError(f"no catalogues are in translations/{language}; languages with catalogues: {known}")
    lookup = {
        source: Catalogue(root / catalogue_of(source, language), language).lookup()
        for source in translated_sources(root, language)
    }
    spoken = words(BUILDERS.partition("/")[0], language)
    mirrored = direction_of(language) == "rtl"

    def translate(source: Source) -> Source:
        known = lookup[source.name]

        def prose(heading: str, english: str) -> str:
            if (heading, english) in known:
                return known[heading, english]
            text = f"**[{spoken.say(MARK)}]**\n\n{english}"
            return left_as_it_is(text) if mirrored else text

        return translated_source(source, prose, lambda heading, english: known.get((heading, english)))

    return Edition(
        language=language,
        words=spoken,
        translate=translate,
        lay_out=from_the_right if mirrored else as_it_is,
        sources=frozenset(source for source, known in lookup.items() if known),
    )
