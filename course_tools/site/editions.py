"""The editions in other languages: each is a part of the site, with a front page, a search and a frame of its own."""

import html
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import polib
from babel import Locale

from course_lib.util.language import ENGLISH, Words, words
from course_lib.util.language.direction import in_digits_of
from course_tools.authoring.jupyter import nbformat
from course_tools.authoring.layout import Kind, Page
from course_tools.site import notebooks
from course_tools.site.from_the_right import marked, unwrapped
from course_tools.site.pictures import Pictures
from course_tools.translating.editions import editions
from course_tools.translating.messages import SITES
from course_tools.translating.places import FOLDER
from course_tools.translating.theme import MORE_FOUND, ONE_FOUND, SCRIPTS, THEMES

GLOSSARY = "glossary.md"  # of the edition, beside its catalogues
ENGLISH_GLOSSARY = "docs/glossary"
CATALOGUES = "locale"  # what Sphinx reads: the words of the frame, as gettext wants them

_LINK_TO_ENGLISH = re.compile(r"\[(?P<text>[^\]]*)\]\(\.\./\.\./docs/glossary\.md\)")
_NUMBER = re.compile(r"(?<=\| )\d\d(?= \|$)", re.MULTILINE)
_LINK = '<a href="{address}">{text}</a>'


class Edition(NamedTuple):
    """A language, its notebooks, its words, and whether it has a glossary."""

    language: str
    pages: tuple[Page, ...]
    words: Words
    glossary: bool

    @property
    def names(self) -> dict[str, str]:
        """Each page of this part of the site, and the English one that says the same."""
        places = [notebooks.place_of(page).removesuffix(".ipynb") for page in self.pages]
        return {"index": "index", **dict(zip(places, places, strict=True))} | (
            {"glossary": ENGLISH_GLOSSARY} if self.glossary else {}
        )


def translated(root: Path) -> list[Edition]:
    """The editions that the course has, by language."""
    near = SITES.partition("/")[0]
    return [
        Edition(language, tuple(sorted(pages, key=_order)), words(near, language), _glossary(root, language).is_file())
        for language, pages in sorted(editions(root).items())
    ]


def _order(page: Page) -> tuple[int, int]:
    """The exercises stand before their solutions."""
    return page.topic.number, (Kind.LESSON, Kind.EXERCISE, Kind.SOLUTION).index(page.kind)


def links(those: list[Edition]) -> dict[str, list[dict[str, str]]]:
    """For each English page what Sphinx's templates say of its translations: language, its own name, and page."""
    found: dict[str, list[dict[str, str]]] = {}
    for edition in those:
        for page, english in edition.names.items():
            found.setdefault(english, []).append(_link(edition.language, f"{edition.language}/{page}"))
    return found


def stage(edition: Edition, root: Path, folder: Path, extra: Path) -> None:
    """Write the sources of its pages below `folder`, and the files that its part of the site holds into `extra`.

    Raises ValueError, with the notebook, if it has no title.
    """
    pictures = Pictures(extra)
    titles = {}
    for page in edition.pages:
        notebooks.stage(page, root, folder, pictures, edition.words)
        titles[page] = _title(folder / notebooks.place_of(page), page)
    if edition.glossary:
        text = _glossary(root, edition.language).read_text(encoding="utf-8")
        (folder / GLOSSARY).write_text(_as_page(text, edition), encoding="utf-8")
    (folder / "index.md").write_text(_front(edition, titles), encoding="utf-8")
    _write_catalogue(edition, folder / CATALOGUES)


def settings(edition: Edition, folder: Path, english: dict[str, Any]) -> dict[str, Any]:
    """Sphinx's configuration for this part, made from that for the English one."""
    say = edition.words.say
    alternates = {page: [_link(ENGLISH, f"../{there}")] for page, there in edition.names.items()}
    title = say("Build a GPT")
    return english | {
        "language": edition.language,
        "locale_dirs": [str(folder / CATALOGUES)],
        "html_title": title,
        "html_sidebars": {"**": []},  # its few pages stand in the head
        "html_css_files": [*english["html_css_files"], "edition.css"],
        "html_context": {**english["html_context"], "alternates": alternates},
        "html_theme_options": {
            **english["html_theme_options"],
            "logo": {"text": title},
            "search_bar_text": say("Search the course"),
        },
    }


def _as_page(glossary: str, edition: Edition) -> str:
    """The glossary with its numbers of lessons in the digits of the language, and its link turned to the site."""
    text = _NUMBER.sub(lambda found: in_digits_of(edition.language, found[0]), glossary)
    text = marked(text) if edition.words.direction == "rtl" else text
    address = f"../{ENGLISH_GLOSSARY}.html"
    return _LINK_TO_ENGLISH.sub(lambda found: _LINK.format(address=address, text=found["text"]), text)


def _front(edition: Edition, titles: dict[Page, str]) -> str:
    """The page that says what is translated, and leads there."""
    say = edition.words.say
    labels = {page: _label(edition, page) for page in edition.pages}
    english = _LINK.format(address="../index.html", text=html.escape(say("The whole course, in English")))
    parts = [
        f"# {say('Build a GPT from nothing, and turn it into a Llama')}",
        say("You write attention, a GPT and all their parts yourself, check each and train it on short stories."),
        say("The course has twenty lessons in English; what is translated so far stands below.") + f" {english}",
        f"## {say('What is translated')}",
        "\n".join(f"- [{label}]({notebooks.place_of(page)}): {titles[page]}" for page, label in labels.items()),
    ]
    if edition.glossary:
        link = f"[{say('Glossary')}]({GLOSSARY})"
        parts[-1] += f"\n- {link}: {say('the word for each English term, and why it was chosen')}"
    parts += [
        f"## {say('On your own computer')}",
        say("Here you can read. To run, change and break things, take a copy of the course, and in its folder:"),
        "```sh\nmake lab\n```",
        say("Then open the notebooks in {0}: checks and hints answer in this language.", f"`{edition.language}/`"),
    ]
    text = "\n\n".join(parts)
    text = marked(text) if edition.words.direction == "rtl" else text
    menu = [f"{label} <{notebooks.place_of(page).removesuffix('.ipynb')}>" for page, label in labels.items()]
    menu += [f"{say('Glossary')} <{GLOSSARY.removesuffix('.md')}>"] if edition.glossary else []
    return f"{text}\n\n```{{toctree}}\n:hidden:\n\n{chr(10).join(menu)}\n```\n"


def _label(edition: Edition, page: Page) -> str:
    """What the menu calls a page."""
    number = in_digits_of(edition.language, f"{page.topic.number:02d}")
    match page.kind:
        case Kind.LESSON:
            return edition.words.say("Lesson {0}", number)
        case Kind.EXERCISE:
            return edition.words.say("Exercises {0}", number)
        case Kind.SOLUTION:
            return edition.words.say("Solutions {0}", number)


def _title(path: Path, page: Page) -> str:
    """What stands behind the number in the title of a notebook, such as "Attention from scratch"."""
    first = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4).cells[0].source
    title, _, _ = unwrapped(first).partition("\n")
    if not title.startswith("# "):
        raise ValueError(f"{page.notebook} does not begin with a title but with {title!r}; build it again")
    return title.partition(" · ")[2] or title.removeprefix("# ")


def _glossary(root: Path, language: str) -> Path:
    return root / FOLDER / language / GLOSSARY


def _link(language: str, page: str) -> dict[str, str]:
    return {"language": language, "name": Locale(language).get_display_name() or language, "page": f"{page}.html"}


def _write_catalogue(edition: Edition, folder: Path) -> None:
    """The words of the theme and of its scripts, as far as they are translated."""
    fixed = edition.words.templates.fixed if edition.words.templates else dict[str, str]().get
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8", "Language": edition.language}
    catalogue.extend(polib.POEntry(msgid=text, msgstr=said) for text in THEMES if (said := fixed(text)) is not None)
    path = folder / edition.language / "LC_MESSAGES" / "sphinx.mo"
    path.parent.mkdir(parents=True)
    catalogue.save_as_mofile(str(path))
    said_by_scripts: dict[str, object] = {text: said for text in SCRIPTS if (said := fixed(text)) is not None}
    # Said here in any case: Sphinx's own Persian gives true or false for the index of the plural, and the script fails.
    said_by_scripts[ONE_FOUND] = [fixed(ONE_FOUND) or ONE_FOUND, fixed(MORE_FOUND) or MORE_FOUND]
    known = {"locale": edition.language, "messages": said_by_scripts, "plural_expr": "n === 1 ? 0 : 1"}
    path.with_suffix(".js").write_text(f"Documentation.addTranslations({json.dumps(known)});", encoding="utf-8")
