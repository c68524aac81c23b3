"""Where the catalogues of a language are: one for each source, one for all that the course itself says."""

from pathlib import Path

from course_lib.util.topics import TOPICS
from course_tools.authoring.layout import Kind, Page

FOLDER = "translations"
SAID = "checks.po"  # checks, engine, guesses, builder, the site's frame
COMPILED = "course_lib/util/language"  # what the library reads, a file a language


def languages(root: Path) -> list[str]:
    """The languages that have catalogues."""
    folders = (root / FOLDER).iterdir() if (root / FOLDER).is_dir() else ()
    return sorted(folder.name for folder in folders if folder.is_dir())


def catalogue_of(source: str, language: str) -> str:
    """Path of the catalogue of a source, below the course's folder: `translations/fa/notebooks/03_attention.po`."""
    name = source.removeprefix("sources/").removesuffix(".py")
    return f"{FOLDER}/{language}/{name}.po"


def translated_sources(root: Path, language: str) -> list[str]:
    """The sources that have a catalogue, in the order of the course."""
    every = dict.fromkeys(Page(topic, kind).source for topic in TOPICS for kind in Kind)
    return [source for source in every if (root / catalogue_of(source, language)).is_file()]
