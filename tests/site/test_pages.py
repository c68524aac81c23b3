"""Every page of the site in Chromium: nothing foreign, no errors, no sideways scrolling, nothing for axe-core."""

import pytest

from tests.site.browser import DARK, NARROW, what_is_missing
from tests.site.conftest import SITE

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if path.name != "model.html")

pytestmark = [pytest.mark.site, pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_by_everybody(reader, page):
    reader.open(page)
    reader.open_what_is_folded()
    assert reader.wider_than_page() == []
    assert reader.axe() == []
    reader.choose(DARK)
    assert reader.axe("color-contrast") == []
    reader.resize(NARROW)
    assert reader.wider_than_page() == []
    assert reader.errors() == []
    assert reader.foreign_requests() == []


def test_the_site_has_been_made():
    assert "index.html" in PAGES, "make site"
