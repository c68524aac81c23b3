"""Notebooks become pages: what is only for running goes, answers are folded, pictures are files."""

import base64
import io

import nbformat.v4 as v4
import pytest
from PIL import Image

from course_lib.util.topics import find_topic
from course_tools.authoring.compose import INSTALL_ID
from course_tools.authoring.layout import Kind, Page
from course_tools.site.notebooks import HIDE_CODE, as_page, stage
from course_tools.site.pictures import Pictures

TOPIC = find_topic("03")
ANSWER = {"nbgrader": {"solution": True}}
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/x)"
)


@pytest.fixture
def pictures(tmp_path):
    return Pictures(tmp_path)


def png(width=40, height=30):
    content = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(content, "PNG")
    return content.getvalue()


def page(cells, kind, pictures):
    title = v4.new_markdown_cell("# 03 · Attention\n\nText.")
    return as_page(v4.new_notebook(cells=[title, *cells]), Page(TOPIC, kind), pictures)


def test_the_cell_that_installs_is_not_on_the_page(pictures):
    made = page([v4.new_code_cell("import sys", id=INSTALL_ID)], Kind.LESSON, pictures)
    assert [cell.cell_type for cell in made.cells] == ["markdown"]


def test_a_button_below_the_title_downloads_the_notebook(pictures):
    first = page([], Kind.EXERCISE, pictures).cells[0].source
    assert first.startswith('# 03 · Attention\n\n<p class="course-buttons">')
    assert 'href="../files/exercises/03_attention.ipynb" download="03_attention.ipynb"' in first
    assert "Colab" not in first
    assert first.endswith("\n\nText.")


def test_the_button_for_colab_loads_no_image_from_elsewhere(pictures):
    title = v4.new_markdown_cell(f"# 03 · Attention\n\n{BADGE}\n\nText.")
    first = as_page(v4.new_notebook(cells=[title]), Page(TOPIC, Kind.EXERCISE), pictures).cells[0].source
    assert '<a class="course-button" href="https://colab.research.google.com/x">Open in Colab</a>' in first
    assert "badge.svg" not in first


@pytest.mark.parametrize(("kind", "folded"), [(Kind.SOLUTION, True), (Kind.EXERCISE, False)])
def test_the_answers_of_solutions_are_folded(pictures, kind, folded):
    cells = [v4.new_code_cell("x = 1", metadata=ANSWER), v4.new_markdown_cell("Because.", metadata=ANSWER)]
    _, code, prose = page(cells, kind, pictures).cells
    assert (HIDE_CODE in code.metadata.get("tags", [])) is folded
    assert prose.source.startswith("<details><summary>Open the answer</summary>\n\n") is folded
    assert "Because." in prose.source


def test_code_that_jupyter_folds_is_folded(pictures):
    cells = [v4.new_code_cell("draw()", metadata={"jupyter": {"source_hidden": True}}), v4.new_code_cell("x")]
    _, drawn, plain = page(cells, Kind.LESSON, pictures).cells
    assert drawn.metadata.tags == [HIDE_CODE]
    assert "tags" not in plain.metadata


def test_a_picture_is_a_sized_webp_with_its_alt_text_that_is_loaded_when_it_is_seen(pictures, tmp_path):
    output = v4.new_output("display_data", {"image/png": base64.b64encode(png()).decode(), "text/plain": "a <line>"})
    output.metadata["image/png"] = {"alt": "a <line>"}
    cell = v4.new_code_cell("draw()", outputs=[output])
    (made,) = page([cell], Kind.LESSON, pictures).cells[1].outputs
    assert "image/png" not in made.data
    assert 'alt="a &lt;line&gt;" width="40" height="30" loading="lazy"' in made.data["text/html"]
    (file,) = (tmp_path / "pictures").iterdir()
    assert f'src="../pictures/{file.name}"' in made.data["text/html"]
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == ("WEBP", (40, 30))


def test_a_picture_in_html_becomes_a_file_and_stays_folded(pictures, tmp_path):
    data = base64.b64encode(png()).decode()
    image = f'<img alt="up" style="x" src="data:image/png;base64,{data}">'
    text = f"<details><summary>The line</summary>\n{image}\n</details>"
    output = v4.new_output("display_data", {"text/html": text, "text/plain": "up"})
    (made,) = page([v4.new_code_cell("draw()", outputs=[output])], Kind.LESSON, pictures).cells[1].outputs
    assert made.data["text/html"].startswith("<details><summary>The line</summary>\n<img ")
    assert "data:" not in made.data["text/html"]
    assert len([*(tmp_path / "pictures").iterdir()]) == 1


def test_a_drawing_stays_svg_with_the_size_that_it_asks_for(pictures):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" width="400.4" height="300"><path d="M0 0"/></svg>'
    image = pictures.image(svg, alt="a path", up="")
    assert '.svg" alt="a path" width="400" height="300"' in image


@pytest.mark.parametrize("content", [b"not a picture", b"<svg", b'<svg xmlns="x" width="4"/>'])
def test_a_damaged_picture_is_refused(pictures, content):
    with pytest.raises(ValueError, match=r"'a cat' cannot be read|states its width and height"):
        pictures.image(content, alt="a cat", up="")


def test_a_notebook_that_was_not_built_is_named_with_the_remedy(pictures, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"notebooks/03_attention.ipynb is missing; build it: course build 03"):
        stage(Page(TOPIC, Kind.LESSON), tmp_path, tmp_path / "sources", pictures)
