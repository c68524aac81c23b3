"""Every page of the site in Chromium: nothing foreign, no errors, no sideways scrolling, nothing for axe-core."""

import re

import pytest

from tests.site.browser import DARK, NARROW, what_is_missing
from tests.site.conftest import SITE

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))

pytestmark = [pytest.mark.site, pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_by_everybody(reader, page):
    reader.open(page)
    reader.open_what_is_folded()
    reader.take_colours_from_code()
    assert reader.wider_than_page() == []
    assert reader.axe() == []
    reader.choose(DARK)
    assert reader.axe("color-contrast") == []
    reader.resize(NARROW)
    assert reader.wider_than_page() == []
    assert reader.errors() == []
    assert reader.foreign_requests() == []


def test_the_colours_of_code_can_be_told_from_the_ground(reader):
    words = {}  # a word of code for each way in which one is marked up
    for path in SITE.rglob("*.html"):
        for block in re.findall(r"<pre>.*?</pre>", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            words |= {word: f'<span class="{word}">word</span>' for word in re.findall(r'<span class="(\w+)">', block)}
    assert len(words) > 20
    reader.open("index.html")
    reader.script("document.querySelector('.highlight pre').innerHTML = arguments[0]", " ".join(words.values()))
    assert reader.axe("color-contrast") == []
    reader.choose(DARK)
    assert reader.axe("color-contrast") == []


def test_the_site_has_been_made():
    assert "index.html" in PAGES, "make site"
