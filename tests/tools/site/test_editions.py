"""The editions on the site: what is staged, where it leads, in which direction, and in whose words."""

import gettext
import re
from pathlib import Path

import nbformat
import pytest

from course_lib.util.language import MARK
from course_tools.site import editions
from course_tools.site.finish import finished
from course_tools.site.from_the_right import marked, unwrapped
from course_tools.site.settings import settings
from course_tools.translating.layout import from_the_right
from course_tools.translating.theme import MORE_FOUND, ONE_FOUND, SCRIPTS, THEMES

ROOT = Path(__file__).parents[3]
EDITIONS = editions.translated(ROOT)
PERSIAN = next(edition for edition in EDITIONS if edition.language == "fa")
LESSON = "notebooks/03_attention"


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staged")
    editions.stage(PERSIAN, ROOT, folder / "sources", folder / "extra")
    return folder


def notebook(staged, kind):
    return nbformat.read(staged / "sources" / kind / "03_attention.ipynb", as_version=4)


def test_every_notebook_of_the_edition_and_its_glossary_have_a_page_and_lead_to_the_english_one(staged):
    assert {name.partition("/")[0] for name in PERSIAN.names} == {
        "index",
        "glossary",
        "notebooks",
        "exercises",
        "solutions",
    }
    for name, english in PERSIAN.names.items():
        assert any((staged / "sources").glob(f"{name}.*")), name
        assert any(ROOT.glob(f"{english}.*")) or english == "index"


def test_each_page_names_the_other_language_by_its_own_name():
    assert {"language": "fa", "name": "فارسی", "page": f"fa/{LESSON}.html"} in editions.links(EDITIONS)[LESSON]
    told = editions.settings(PERSIAN, Path("/x"), settings(Path("/y"), ""))["html_context"]["alternates"]
    assert told["glossary"] == [{"language": "en", "name": "English", "page": "../docs/glossary.html"}]


def test_no_division_is_open_where_a_section_begins(staged):
    for kind in ("notebooks", "exercises", "solutions"):
        for cell in notebook(staged, kind).cells:
            if cell.cell_type == "markdown":
                assert not cell.source.startswith('<div dir="rtl">')
                assert "text-align: right" not in cell.source
                assert cell.source.count("<div") == cell.source.count("</div>")


def test_the_notebook_of_the_edition_can_be_downloaded_as_it_is(staged):
    file = staged / "extra" / "files" / f"{LESSON}.ipynb"
    assert file.read_bytes() == (ROOT / "fa" / f"{LESSON}.ipynb").read_bytes()
    assert f'href="../files/{LESSON}.ipynb"' in notebook(staged, "notebooks").cells[0].source


def test_what_stands_around_the_notebooks_is_in_the_language(staged):
    solution = (staged / "sources" / "solutions" / "03_attention.ipynb").read_text(encoding="utf-8")
    assert PERSIAN.words.say("Open the answer") in solution
    for english in ("Open the answer", "Hide it again", "Download the notebook"):
        assert english not in solution
    front = (staged / "sources" / "index.md").read_text(encoding="utf-8")
    assert PERSIAN.words.say(MARK) not in front
    assert "درس ۰۳" in front


@pytest.mark.parametrize("english", [*THEMES, *SCRIPTS, ONE_FOUND, MORE_FOUND])
def test_every_word_of_the_frame_is_translated(english):
    assert PERSIAN.words.templates.fixed(english)


def test_sphinx_finds_the_words_of_the_frame(staged):
    (folder,) = editions.settings(PERSIAN, staged / "sources", settings(staged, ""))["locale_dirs"]
    spoken = gettext.translation("sphinx", folder, ["fa"])
    assert {english: spoken.gettext(english) for english in THEMES} == {
        english: PERSIAN.words.say(english) for english in THEMES
    }
    script = (Path(folder) / "fa" / "LC_MESSAGES" / "sphinx.js").read_text(encoding="utf-8")
    assert ONE_FOUND in script


def test_the_glossary_keeps_terms_in_order_and_has_the_digits_of_the_language(staged):
    text = (staged / "sources" / "glossary.md").read_text(encoding="utf-8")
    assert '| <bdi dir="ltr">byte-pair encoding (BPE)</bdi> |' in text
    assert "| ۰۱ |" in text
    assert not re.search(r"\| \d\d \|$", text.replace("۰", "").replace("۱", ""), flags=re.MULTILINE | re.ASCII)
    assert '<a href="../docs/glossary.html">' in text


@pytest.mark.parametrize(
    ("page", "direction"),
    [('<html lang="fa" data-x="">', ' dir="rtl"'), ('<html lang="en">', ""), ('<html data-x="" lang="de">', "")],
)
def test_a_page_has_the_direction_of_its_language(page, direction):
    begun = page.removesuffix(">").removesuffix(' data-x=""')
    assert finished(page).startswith(f"{begun}{direction}")
    assert ("dir=" in finished(page)) is bool(direction)


def test_what_was_laid_out_for_jupyterlab_is_plain_markdown_again():
    text = "# عنوان\n\nمتن با `code` در آن.\n\n- یک\n\n```\nx = 1\n```"
    assert unwrapped(from_the_right(text)) == marked(text) == text.replace("`code`", '<bdi dir="ltr">`code`</bdi>')
    assert unwrapped("English stays") == "English stays"


def test_a_notebook_without_a_title_is_named(tmp_path):
    page = PERSIAN.pages[0]
    path = tmp_path / "03_attention.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("متن")]), path)
    with pytest.raises(ValueError, match=r"fa/notebooks/03_attention.ipynb does not begin with a title"):
        editions._title(path, page)
