"""The editions in Chromium: what is read from the right and what is not, the words of the frame, the ways across."""

import re

import pytest
from selenium.webdriver import Keys

from tests.site.browser import NARROW, what_is_missing
from tests.site.conftest import SITE
from tests.site.test_use import wait_for

LESSON, EXERCISES = "fa/notebooks/03_attention.html", "fa/exercises/03_attention.html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in (SITE / "fa").rglob("*.html"))

pytestmark = [pytest.mark.site, pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())]

DIRECTIONS = """
const seen = {};
for (const box of document.querySelectorAll(arguments[0])) {
  const style = getComputedStyle(box);
  seen[style.direction + " " + style.textAlign] = (seen[style.direction + " " + style.textAlign] || 0) + 1;
}
return seen;
"""
# Where the first and the last letter of a text stand: the ends of its range, in pixels.
ENDS = """
const walker = document.createTreeWalker(arguments[0], NodeFilter.SHOW_TEXT);
const texts = [];
while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.push(walker.currentNode);
const at = (node, index) => {
  const range = document.createRange();
  range.setStart(node, index);
  range.setEnd(node, index + 1);
  return range.getBoundingClientRect();
};
const first = texts[0], last = texts[texts.length - 1];
const begin = at(first, first.data.search(/\\S/)), end = at(last, last.data.trimEnd().length - 1);
return [begin.left, end.left, begin.top, end.top];
"""


def ends(reader, selector, number=0):
    """The left edges of the first and of the last letter in a box that fills one line."""
    box = reader.script("return document.querySelectorAll(arguments[0])[arguments[1]]", selector, number)
    first, last, top, bottom = reader.script(ENDS, box)
    assert abs(top - bottom) < 12, f"{selector} fills more than one line"
    return first, last


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_its_language_and_its_direction(reader, page):
    reader.open(page)
    assert reader.script("return [document.documentElement.lang, document.documentElement.dir]") == ["fa", "rtl"]


def test_prose_is_read_from_the_right(reader):
    reader.open(LESSON)
    for prose in (".bd-article section > p", ".bd-article h1, .bd-article h2", ".bd-article li", ".bd-article table"):
        seen = reader.script(DIRECTIONS, prose)
        assert {place.partition(" ")[0] for place in seen} == {"rtl"}, prose
    first, last = ends(reader, ".bd-article h1")
    assert first > last


def test_code_formulas_and_outputs_are_read_from_the_left(reader):
    for page in (LESSON, "fa/solutions/03_attention.html"):
        reader.open(page)
        reader.open_what_is_folded()
        for kind in (".bd-article pre", ".bd-article code", ".bd-article math", ".bd-article .cell_output"):
            seen = reader.script(DIRECTIONS, kind)
            assert {place.partition(" ")[0] for place in seen} == {"ltr"}, kind
        first, last = ends(reader, ".bd-article p > bdi > code")
        assert first < last


def test_a_sign_stands_before_its_number(reader):
    reader.open("fa/solutions/03_attention.html")
    number = reader.script(
        "return [...document.querySelectorAll('.bd-article math')].findIndex((box) => /^.∞$/.test(box.textContent))"
    )
    assert number >= 0
    first, last = ends(reader, ".bd-article math", number)
    assert first < last


def test_a_shape_in_a_sentence_keeps_its_order(reader):
    reader.open(EXERCISES)
    number = reader.script(
        "return [...document.querySelectorAll('.bd-article code')].findIndex((box) => box.textContent === '(T, T)')"
    )
    assert number >= 0
    first, last = ends(reader, ".bd-article code", number)
    assert first < last


def test_the_first_column_of_a_table_and_the_points_of_a_list_stand_on_the_right(reader):
    reader.open("fa/glossary.html")
    lefts = reader.script(
        "return [...document.querySelectorAll('table tr')[1].cells].map((cell) => cell.getBoundingClientRect().left)"
    )
    assert lefts == sorted(lefts, reverse=True)
    room = reader.script(
        "const list = document.querySelector('.bd-article ul'), item = list.querySelector('li');"
        "return [list.getBoundingClientRect().right - item.getBoundingClientRect().right,"
        "item.getBoundingClientRect().left - list.getBoundingClientRect().left]"
    )
    assert room[0] > 16 > room[1]


def test_what_checks_said_is_read_from_the_right(reader):
    reader.open(EXERCISES)
    seen = reader.script(DIRECTIONS, ".cell_output div[dir=rtl]")
    assert seen
    assert {*seen} == {"rtl right"}


def test_the_sentence_to_play_with_is_english_and_all_around_it_persian(reader):
    reader.open(LESSON)
    directions = "return ['.words', '[role=status]', 'label'].map((part) => getComputedStyle(document.querySelector('"
    assert reader.script(directions + "#play-attention ' + part)).direction)") == ["ltr", "rtl", "rtl"]
    said = "return document.querySelector('#play-attention [role=status]').textContent"
    before = reader.script(said)
    assert re.match("«\u2066his\u2069» بیش از همه به این‌ها نگاه می‌کند: \u2066boy ", before)
    reader.script("document.querySelectorAll('#play-attention .word')[9].click()")
    assert "«\u2066playful\u2069»" in reader.script(said)
    assert reader.errors() == []


def test_its_letters_come_with_it(reader):
    reader.open(LESSON)
    loaded = reader.wait_script(
        "const done = arguments[0]; document.fonts.ready.then(() => done([...document.fonts]"
        ".filter((font) => font.status === 'loaded').map((font) => font.family.replaceAll('\\\"', ''))))"
    )
    assert "Vazirmatn" in loaded
    assert reader.script("return getComputedStyle(document.body).fontFamily").startswith("Vazirmatn")
    assert reader.foreign_requests() == []


@pytest.mark.parametrize("page", PAGES)
def test_the_frame_speaks_persian(reader, page):
    reader.open(page)
    frame = reader.script(
        "return [...document.querySelectorAll('header, nav, footer, .bd-sidebar, .prev-next-area, #pst-back-to-top')]"
        ".flatMap((box) => [box.innerText, ...[box, ...box.querySelectorAll('*')].flatMap((one) =>"
        "['title', 'aria-label', 'placeholder'].map((name) => one.getAttribute(name) || ''))]).join('\\n')"
    )
    kept = {"English", "Ctrl", "K", "GPT", "Llama", "MIT", "CC", "BY", "softmax", "torch", "d"}
    assert {*re.findall(r"[A-Za-z]+", frame)} <= kept
    assert "جست‌وجو" in frame


@pytest.mark.parametrize("page", ["index.html", "docs/glossary.html", "notebooks/03_attention.html"])
def test_one_link_leads_to_persian_and_one_back(reader, page):
    reader.open(page)
    follow = "const link = document.querySelector('a.course-language'); return [link.hreflang, link.href]"
    language, there = reader.script(follow)
    assert language == "fa"
    reader.script("document.querySelector('a.course-language').click()")
    wait_for(lambda: reader.script("return document.documentElement.lang") == "fa")
    assert reader.script("return location.href") == there
    language, back = reader.script(follow)
    assert language == "en"
    assert back.endswith(page)
    assert reader.script("return document.querySelector('link[rel=alternate]').href") == back


def test_the_search_finds_persian_words(reader):
    reader.open("fa/search.html?q=توجه")
    found = "return [...document.querySelectorAll('#search-results li a')].map((link) => link.getAttribute('href'))"
    wait_for(lambda: any("03_attention" in link for link in reader.script(found)))
    said = "return document.querySelector('#search-results').innerText"
    wait_for(lambda: "پیدا شد" in reader.script(said))
    assert reader.errors() == []


def test_the_menu_of_a_telephone_comes_from_the_right(reader):
    reader.open(LESSON, size=NARROW)
    reader.script("document.querySelector('.primary-toggle').click()")
    box = "return document.querySelector('#pst-primary-sidebar-modal').getBoundingClientRect().toJSON()"
    wait_for(lambda: reader.script(box)["right"] >= NARROW[0] - 20)
    assert reader.script(box)["left"] > 0
    reader.press(Keys.ESCAPE)
    assert reader.wider_than_page() == []
