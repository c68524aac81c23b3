"""`course translate extract`: brings the catalogues under translations/ up to date, and says how far they are."""

import argparse
import sys
from pathlib import Path

from course_tools.options import add_lessons

HELP = "for translators: bring the catalogues under translations/ up to date"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True)
    extract = actions.add_parser("extract", help="take over what is new or changed in English, and print the state")
    add_lessons(extract)
    extract.add_argument("--language", metavar="CODE", help="such as fa (default: every language that is begun)")
    extract.add_argument("--check", action="store_true", help="change nothing, say what is out of date")


def run(options: argparse.Namespace) -> int:
    """Update the catalogues; the exit status is 1 with --check if one is out of date, or a translation is broken."""
    return extract_texts(options.language, options.lessons, check=options.check)


def extract_texts(
    language: str | None = None, topics: list[str] | None = None, *, check: bool = False, root: Path | None = None
) -> int:
    """Update the catalogues of a language, or of all that are begun, and what the library reads of them.

    topics: lessons that get a catalogue if they have none.   Returns the exit status.
    Raises ValueError for an unknown topic, FileNotFoundError where no sources are.
    """
    from course_lib.util.files import write_text
    from course_lib.util.topics import find_topic
    from course_tools.authoring.layout import find_root
    from course_tools.translating.compiled import compiled, compiled_path
    from course_tools.translating.extract import extract
    from course_tools.translating.places import languages

    root = root or find_root()
    if language is not None and not (language.isascii() and language.isalpha()):
        raise ValueError(f"a language is a code such as fa or de, not {language!r}")
    problems: list[str] = []
    chosen = [find_topic(name) for name in topics or ()]
    for one in [language] if language else languages(root):
        for found in extract(root, one, chosen):
            for place, state in found.states.items():
                print(f"{found.name}{f' {place}' if place else ''}: {state}")
            problems += found.catalogue.problems()
            if found.changed and check:
                problems.append(f"{found.name} is out of date: run `course translate extract`")
            elif found.changed:
                found.catalogue.save()
        path, text = compiled_path(root, one), compiled(root, one)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            if check:
                problems.append(f"{path.relative_to(root)} is out of date: run `course translate extract`")
            else:
                write_text(path, text)
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))
