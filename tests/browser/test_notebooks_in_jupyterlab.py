"""Lesson 03 and its exercises as a student sees them: JupyterLab in a real browser, every cell run."""

from pathlib import Path

import nbformat
import pytest

from tests.browser.jupyterlab import OpenNotebook, browser_is_missing, chromium, serve

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
LESSON = "notebooks/03_attention.ipynb"
EXERCISES = "exercises/03_attention.ipynb"
SOLUTIONS = "solutions/03_attention.ipynb"

RIGHT_SOFTMAX = """\
def softmax(x, dim=-1):
    exponentials = torch.exp(x - x.amax(dim, keepdim=True))
    return exponentials / exponentials.sum(dim, keepdim=True)
"""
TRANSPOSED_MASK = """\
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).triu()
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(browser_is_missing()), reason=browser_is_missing()),
]


def read(name):
    return nbformat.read(ROOT / name, as_version=nbformat.NO_CONVERT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the notebooks, since JupyterLab saves what it opens, without cells that need a network."""
    folder = tmp_path_factory.mktemp("course")
    for name in (LESSON, EXERCISES, SOLUTIONS):
        notebook = read(name)
        notebook.cells = [cell for cell in notebook.cells if "skip-execution" not in cell.metadata.get("tags", [])]
        (folder / name).parent.mkdir()
        nbformat.write(notebook, folder / name)
    return folder


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    with serve(folder, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
def opened(lab, tmp_path):
    """Opens a notebook without its saved outputs, in a kernel of its own."""
    notebooks = []
    with chromium(tmp_path) as driver:

        def open_and_clear(name):
            notebook = OpenNotebook(driver, lab, name)
            notebooks.append(notebook)
            notebook.clear_outputs()
            return notebook

        yield open_and_clear
        for notebook in notebooks:
            notebook.shut_down()


def run_and_take_a_picture(notebook, picture):
    notebook.run_all()
    notebook.screenshot(SCREENSHOTS / picture)
    assert notebook.texts("[data-mime-type='application/vnd.jupyter.error']") == []
    assert notebook.texts("[data-mime-type='application/vnd.jupyter.stderr']") == []
    assert not any("Traceback" in text for text in notebook.texts(".jp-OutputArea-output"))


def verdicts(notebook):
    """What the box below each check says."""
    return notebook.texts("[data-mime-type='text/html'] div[style*='border-left']")


def checks(name):
    return sum(cell.cell_type == "code" and cell.source.startswith("check(") for cell in read(name).cells)


def test_the_lesson_runs_and_shows_its_pictures(opened):
    notebook = opened(LESSON)
    assert notebook.pictures() == []
    run_and_take_a_picture(notebook, "lesson_03.png")
    outputs = [str(output) for cell in read(LESSON).cells for output in cell.get("outputs", [])]
    built = [output for output in outputs if "image/png" in output or "image/svg+xml" in output]
    pictures = notebook.pictures()
    assert len(pictures) == len(built) >= 4
    for picture in pictures:
        assert picture["natural"] > 0
    open_ones = [picture["width"] for picture in pictures if picture["width"]]  # the others answer a guess: folded
    assert len(pictures) > len(open_ones) >= 4
    assert min(open_ones) > 200


def test_untouched_exercises_run_and_say_that_nothing_was_attempted(opened):
    notebook = opened(EXERCISES)
    run_and_take_a_picture(notebook, "exercises_03.png")
    assert len(verdicts(notebook)) == checks(EXERCISES) >= 4
    assert all(": not attempted yet." in verdict for verdict in verdicts(notebook))


def test_a_student_types_answers_and_reads_what_is_right_and_which_mistake_was_made(opened):
    notebook = opened(EXERCISES)
    notebook.type_into("softmax", RIGHT_SOFTMAX)
    notebook.type_into("causal_mask", TRANSPOSED_MASK)
    run_and_take_a_picture(notebook, "exercises_03_answered.png")
    said = {verdict.split(":")[0]: verdict for verdict in verdicts(notebook)}
    assert "softmax: right." in said["softmax"]
    assert "causal_mask: not right yet." in said["causal_mask"]
    assert "Likely mistake: " in said["causal_mask"]
    assert "transposed" in said["causal_mask"]


def test_the_solutions_run_and_every_check_says_right(opened):
    notebook = opened(SOLUTIONS)
    run_and_take_a_picture(notebook, "solutions_03.png")
    assert len(verdicts(notebook)) == checks(SOLUTIONS) >= 4
    assert all(": right." in verdict for verdict in verdicts(notebook))
