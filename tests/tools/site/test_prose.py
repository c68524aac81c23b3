"""Links of the docs lead to pages of the site, or nowhere."""

from pathlib import Path

import pytest

from course_tools.site.pictures import Pictures
from course_tools.site.prose import as_page, pages

ROOT = Path(__file__).parents[3]


@pytest.fixture
def turned(tmp_path):
    return lambda text, page="docs/using.md", repository="": as_page(text, page, ROOT, Pictures(tmp_path), repository)


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("[a](../notebooks/03_attention.ipynb)", "[a](../notebooks/03_attention.ipynb)"),
        ("[a](training.md#again)", "[a](../docs/training.md#again)"),
        ("[a](../README.md)", "[a](../index.md)"),
        ("[a](../solutions)", "[a](../solutions/index.md)"),
        ("[a](../course_lib)", "[a](../api/index.md)"),
        ("[a](../CONTRIBUTING.md)", "[a](../CONTRIBUTING.md)"),
        ("[a](https://pytorch.org)", "[a](https://pytorch.org)"),
        ("[a](#below)", "[a](#below)"),
        ("[a](../Makefile)", "a"),
    ],
)
def test_a_link_leads_to_a_page_of_the_site(turned, link, there):
    assert turned(link) == there


def test_what_the_site_does_not_have_is_linked_where_the_course_is_published(turned):
    assert turned("[a](../Makefile)", repository="https://github.com/o/n.git") == (
        "[a](https://github.com/o/n/blob/main/Makefile)"
    )


def test_a_page_at_the_top_links_downward(turned):
    assert turned("[a](docs/authoring.md)", page="CONTRIBUTING.md") == "[a](docs/authoring.md)"


def test_pictures_are_small_files(turned, tmp_path):
    text = turned("![How it grew](growth.png)")
    assert 'alt="How it grew"' in text
    assert ".webp" in text
    assert [path.suffix for path in (tmp_path / "pictures").iterdir()] == [".webp"]


def test_every_page_of_the_docs_is_on_the_site():
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= {*pages(ROOT)}
