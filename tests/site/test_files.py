"""The files of the site, read without a browser: links lead somewhere, nothing is loaded from elsewhere."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from fontTools.ttLib import TTFont

from course_lib.util.topics import TOPICS
from course_tools.authoring.layout import Kind, Page
from tests.site.conftest import SITE

ROOT = Path(__file__).parents[2]
FONT = ROOT / "course_tools" / "site" / "static" / "fonts" / "CourseMath.woff"
LOADED = {
    "script": "src",
    "img": "src",
    "link": "href",
    "source": "src",
    "iframe": "src",
    "audio": "src",
    "video": "src",
}

pytestmark = pytest.mark.site


class Content(HTMLParser):
    """Ids, links, what is loaded, pictures, and the letters of formulas."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.loaded, self.pictures, self.letters = set(), [], [], [], set()
        self._in_formula = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._in_formula = self._in_formula or tag == "math"
        self.ids |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in LOADED and given.get(LOADED[tag]):
            self.loaded.append(given[LOADED[tag]])
        if tag == "img":
            self.pictures.append(given)

    def handle_endtag(self, tag):
        if tag == "math":
            self._in_formula = False

    def handle_data(self, data):
        if self._in_formula:
            self.letters |= {*data}


@pytest.fixture(scope="module")
def pages():
    return {path: Content(path.read_text(encoding="utf-8")) for path in sorted(SITE.rglob("*.html"))}


def test_every_notebook_and_every_page_of_the_docs_is_there():
    notebooks = [Page(topic, kind).notebook for topic in TOPICS for kind in Kind]
    texts = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    wanted = {f"{name.rpartition('.')[0]}.html" for name in [*notebooks, *texts]}
    assert wanted <= {path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")}


def test_every_notebook_can_be_downloaded_as_it_is():
    for topic in TOPICS:
        for kind in Kind:
            name = Page(topic, kind).notebook
            assert (SITE / "files" / name).read_bytes() == (ROOT / name).read_bytes()


def test_links_lead_to_a_page_and_to_a_place_in_it(pages):
    lost = []
    for path, content in pages.items():
        for link in content.links:
            parts = urlsplit(link)
            if parts.scheme or not (parts.path or parts.fragment):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = there in pages or not parts.fragment
            if not there.exists() or (known and parts.fragment and unquote(parts.fragment) not in pages[there].ids):
                lost.append(f"{path.relative_to(SITE)}: {link}")
    assert lost == []


def test_nothing_is_loaded_from_elsewhere(pages):
    foreign = {
        name for content in pages.values() for name in content.loaded if urlsplit(name).scheme not in ("", "data")
    }
    assert foreign == set()
    for sheet in SITE.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\s]*", sheet.read_text(encoding="utf-8")), (
            sheet
        )


def test_what_is_loaded_is_there(pages):
    for path, content in pages.items():
        for name in content.loaded:
            if not urlsplit(name).scheme:
                assert (path.parent / unquote(urlsplit(name).path)).exists(), f"{path}: {name}"


def test_pictures_have_a_text_and_a_size_and_wait_until_they_are_seen(pages):
    pictures = [picture for content in pages.values() for picture in content.pictures]
    assert len(pictures) > 100
    for picture in pictures:
        assert picture["alt"].strip()
        assert int(picture["width"]) > 0 < int(picture["height"])
        assert picture["loading"] == "lazy"
        assert Path(picture["src"]).suffix in (".webp", ".svg")


def test_the_letters_of_formulas_are_in_the_font_that_the_site_brings(pages):
    letters = set().union(*(content.letters for content in pages.values())) - {*"\n\u00a0\u2061"}
    font = TTFont(io.BytesIO(FONT.read_bytes()))
    assert {letter for letter in letters if ord(letter) not in font.getBestCmap()} == set()
