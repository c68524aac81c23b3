"""The site with scripts switched off: pictures to play with are plain ones, lessons can be read, nothing is dead."""

import pytest

from course_lib.util.topics import TOPICS
from course_tools.site.plays import PLAYS
from tests.site.browser import NARROW, what_is_missing

LESSONS = [f"notebooks/{topic.stem}.html" for topic in TOPICS]
# What each picture shows without its script: elements that have a text or a shape, and how many at least.
PLAIN = {
    "merging": (".pieces code", 60),
    "attention": (".word .share:not(:empty)", 10),
    "rooms": (".rooms .detail", 8),
    "rope": ("figure svg .query", 4),
    "loss": (".curve polyline", 2),
    "sampling": (".bars .share", 12),
}
CONTROLS = "button, input, select, textarea, [role=radio], [role=status], [tabindex='0']"

pytestmark = [pytest.mark.site, pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())]


@pytest.fixture
def plain(reader):
    with reader.without_scripts():
        yield reader


def seen(reader, selector):
    """How many such elements can be seen."""
    return reader.script(
        "return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility()"
        "&& one.getBoundingClientRect().width > 0).length",
        selector,
    )


def test_every_picture_is_asked_for():
    assert {play.module for play in PLAYS} == {*PLAIN}


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.module)
def test_a_picture_to_play_with_is_a_plain_picture(plain, play):
    plain.open(play.notebook.replace(".ipynb", ".html"))
    box = f"#play-{play.module}"
    selector, least = PLAIN[play.module]
    assert seen(plain, f"{box} {selector}") >= least
    assert seen(plain, ", ".join(f"{box} {control}" for control in CONTROLS.split(", "))) == 0
    assert plain.wider_than_page() == []
    plain.resize(NARROW)
    assert plain.wider_than_page() == []


@pytest.mark.parametrize("page", LESSONS)
def test_a_lesson_can_be_read(plain, page):
    plain.open(page)
    assert plain.script("return document.querySelector('article').innerText.length") > 4_000
    assert seen(plain, "article h2") > 3
    folded = plain.script("return document.querySelectorAll('article details').length")
    assert folded > 0
    assert plain.script("return document.querySelector('article details').open") is False
    plain.script("document.querySelector('article details > summary').scrollIntoView({block: 'center'})")
    plain.click("article details > summary")
    assert plain.script("return document.querySelector('article details').open") is True


def test_the_search_is_absent_and_its_page_says_why(plain):
    for size in ((1280, 900), NARROW):
        plain.open("index.html", size=size)
        assert seen(plain, "button") == 0
        assert seen(plain, ".prev-next-area a, article a, header a") > 20
    plain.open("search.html")
    assert "activate JavaScript" in plain.script("return document.body.innerText")
    assert seen(plain, "button, kbd") == 0
