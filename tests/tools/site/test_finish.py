"""What is put right in finished pages."""

import pytest

from course_tools.site.finish import finish, finished

FORMULA = '<span class="formula"><math><mi>x</mi><mo>+</mo><mi>y</mi></math></span>'


@pytest.mark.parametrize("head", ['<th class="head"><p></p></th>', "<th></th>"])
def test_an_empty_head_of_a_column_is_a_cell(head):
    assert finished(f"<tr>{head}</tr>") == "<tr><td></td></tr>"


def test_a_head_with_text_stays():
    assert finished('<th class="head"><p>a</p></th>') == '<th class="head"><p>a</p></th>'


def test_a_head_that_is_a_formula_is_said_in_letters():
    head = finished(f'<th class="head"><p>{FORMULA}</p></th>')
    assert '<span aria-hidden="true" class="formula">' in head
    assert '<span class="visually-hidden">x + y</span></p></th>' in head


def test_so_is_one_that_is_read_from_the_left_on_a_page_that_is_not():
    head = finished(f'<th class="head"><p><bdi dir="ltr">{FORMULA}</bdi></p></th>')
    assert '<span class="visually-hidden">x + y</span></bdi></p></th>' in head


def test_a_formula_elsewhere_stays():
    assert finished(f"<td>{FORMULA}</td>") == f"<td>{FORMULA}</td>"


def test_a_signature_is_not_a_list_of_definitions():
    signature = '<dt class="sig sig-object py">f(<dl>\n<dd><em>x</em>,</dd>\n</dl>\n)</dt>'
    assert finished(f"<dl>{signature}<dd>Text.</dd></dl>") == (
        '<dl><dt class="sig sig-object py">f(<span>\n<span class="sig-line"><em>x</em>,</span>\n</span>\n)</dt>'
        "<dd>Text.</dd></dl>"
    )


def test_a_folded_cell_is_called_by_the_words_on_it():
    assert finished('<summary aria-label="Toggle hidden content">Open</summary>') == "<summary>Open</summary>"


def test_all_pages_of_a_folder_are_put_right(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.html").write_text("<th></th>")
    finish(tmp_path)
    assert (tmp_path / "docs" / "page.html").read_text() == "<td></td>"
