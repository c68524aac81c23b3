"""The course's own notebooks: built from their sources, executed, and without an answer where none belongs."""

from pathlib import Path

import nbformat
import pytest

from course_tools.authoring.answered import answers_in
from course_tools.authoring.exercises import is_telling
from course_tools.authoring.layout import Kind, find_root
from course_tools.authoring.markers import answer_lines
from course_tools.authoring.outputs import clean_outputs, find_booleans, machine_places
from course_tools.authoring.plan import broken_rules, existing_pages
from course_tools.authoring.rules import find_missing
from course_tools.authoring.source import parse
from course_tools.commands.build import build_notebooks as build

ROOT = find_root(Path(__file__).parent)
PAGES = existing_pages(ROOT)
EXERCISES = [page for page in PAGES if page.kind is Kind.EXERCISE]


def read(page):
    return nbformat.read(ROOT / page.notebook, as_version=4)


def name(page):
    return page.notebook


def texts(cell):
    """All that can be read of a cell."""
    yield cell.source
    for output in cell.get("outputs", []):
        yield from (text for key, text in {**output, **output.get("data", {})}.items() if key.startswith("text"))


def without_spaces(text):
    return "".join(text.split())


LESSONS = [page for page in PAGES if page.kind is Kind.LESSON]


@pytest.mark.parametrize("page", LESSONS, ids=name)
def test_a_lesson_shows_numbers_and_keeps_the_rules_for_readers(page):
    source = parse((ROOT / page.source).read_text(encoding="utf-8"), page.source, exercises=False)
    assert broken_rules(ROOT, source) == find_missing(source) == []
    printed = "\n".join(text for cell in read(page).cells for text in list(texts(cell))[1:])
    assert find_booleans(printed) == []


def test_the_course_has_lessons_and_exercises():
    assert {page.kind for page in PAGES} == set(Kind)


def test_every_notebook_says_what_its_source_says(capsys):
    if answered := [page.notebook for page in EXERCISES if answers_in(ROOT / page.notebook)]:
        pytest.skip(f"{', '.join(answered)} holds a reader's answers; `course build --check` compares all the same")
    assert build(root=ROOT, check=True) == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_cell_was_executed_in_order_and_shows_nothing_of_the_machine(page):
    notebook = read(page)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    executed = [cell for cell in code if "skip-execution" not in cell.metadata.get("tags", [])]
    assert [cell.execution_count for cell in executed] == list(range(1, len(executed) + 1))
    for cell in executed:
        clean_outputs(cell, machine_places(ROOT))  # raises for errors, warnings, svg, addresses, paths
    for cell in code:
        if cell not in executed:
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("page", EXERCISES, ids=name)
def test_no_line_of_an_answer_is_in_the_exercise_notebook(page):
    """Sources and outputs; what a debug exercise shows on purpose before its answer is left out."""
    source = parse((ROOT / page.source).read_text(encoding="utf-8"), page.source, exercises=True)
    cells = read(page).cells
    for answer in (cell for cell in source.cells if cell.answer):
        position = next(index for index, cell in enumerate(cells) if cell.id == answer.answer)
        shown = range(0)
        if source.tasks[answer.answer].kind == "debug":
            headings = [index for index in range(position) if cells[index].source.startswith("#")]
            shown = range(max(index for index in headings if "· debug ·" in cells[index].source), position)
        visible = "".join(text for index, cell in enumerate(cells) if index not in shown for text in texts(cell))
        for _, line in answer_lines(answer.source):
            assert not (is_telling(line) and without_spaces(line) in without_spaces(visible)), line.strip()


@pytest.mark.parametrize("page", EXERCISES, ids=name)
def test_an_untouched_exercise_says_that_nothing_was_attempted(page):
    checks = [cell for cell in read(page).cells if cell.id.startswith("check-")]
    assert checks
    for cell in checks:
        assert any("not attempted" in str(output) for output in cell.outputs), cell.id


@pytest.mark.parametrize("page", [page for page in PAGES if page.kind is Kind.SOLUTION], ids=name)
def test_every_solution_is_right(page):
    for cell in read(page).cells:
        if cell.id.startswith("check-"):
            exercise = cell.id.removeprefix("check-")
            assert any(f"{exercise}: right." in text for text in texts(cell)), cell.id


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_notebooks_lead_somewhere(page):
    footer = read(page).cells[-1].source
    targets = [part.split(")")[0] for part in footer.split("](")[1:]]
    assert targets
    for target in targets:
        assert (ROOT / page.notebook).parent.joinpath(target).resolve().is_file(), target
