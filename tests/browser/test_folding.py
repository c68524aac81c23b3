"""What a lesson folds stays folded until it is opened: in JupyterLab, and in a page that nbconvert exports."""

import nbformat
import pytest
from nbconvert import HTMLExporter

from course_lib.util.topics import TOPICS
from course_tools.authoring.compose import compose
from course_tools.authoring.layout import Kind, Page
from course_tools.authoring.source import parse
from tests.browser.jupyterlab import OpenNotebook, browser_is_missing, chromium, serve

LESSON = "notebooks/folding.ipynb"
SOURCE = """\
# %% [markdown]
# # A lesson

# %%
from course_lib.show import plotting
from course_lib.show.guess import reveal

# %% [markdown]
# **Guess first.** How many?

# %%
guess = ...

# %%
reveal("how many", 40_000, guess)

# %% [markdown] fold="What came out"
# Forty *thousand*, and $x^2$.

# %% fold="drawing"
fig, (axes,) = plotting.figure(title="t", xlabel="x", ylabel="y")
axes.plot([1, 2])
plotting.show(fig, alt="a line that rises", folded="The line")

# %% [markdown] quiz=true
# **1.** Why?
#
# - For a *good* reason
#   + Because of `x`.
# - For none
#   - There is one.
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(browser_is_missing()), reason=browser_is_missing()),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (folder / "notebooks").mkdir()
    notebook = compose(parse(SOURCE, "lesson.py", exercises=False), Page(TOPICS[0], Kind.LESSON))
    nbformat.write(notebook, folder / LESSON)
    return folder


@pytest.fixture(scope="module")
def notebook(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with serve(folder, home) as lab, chromium(home) as driver:
        notebook = OpenNotebook(driver, lab, LESSON)
        notebook.run_all()
        yield notebook
        notebook.shut_down()


def test_code_that_draws_is_not_on_the_page(notebook):
    assert not any("plotting.figure" in text for text in notebook.texts(".jp-InputArea-editor"))
    assert any("guess = ..." in text for text in notebook.texts(".jp-InputArea-editor"))


def test_answers_are_closed_and_each_opens_when_its_line_is_clicked(notebook):
    folded = {
        "Write your guess": "how many: 40,000",
        "What came out": "Forty thousand",
        "For a *good* reason": "Right. Because of x.",
        "For none": "No. There is one.",
    }
    for line, inside in folded.items():
        assert not notebook.sees(inside), inside
        notebook.click_summary(line)
        assert notebook.sees(inside), inside


def test_a_picture_that_answers_has_no_size_before_it_is_opened(notebook):
    assert [picture["width"] for picture in notebook.pictures()] == [0]
    notebook.click_summary("The line")
    assert notebook.pictures()[0]["width"] > 200
    assert notebook.pictures()[0]["natural"] > 0


def test_an_exported_page_folds_the_same_answers(folder, notebook):
    notebook.save()
    page, _ = HTMLExporter().from_filename(str(folder / LESSON))
    assert page.count("<details>") == 5
    assert "<details open" not in page
    assert "Forty <em>thousand</em>" in page
