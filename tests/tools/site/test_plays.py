"""Pictures to play with: their numbers are those of course_lib, and they can be read without scripts."""

from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest
import torch

from course_lib.generation.sampling import Sampling
from course_tools.site import plays
from course_tools.site.plays.picture import script
from course_tools.site.plays.sampling import SAMPLING, sampling
from tests.tools.site.node import asked_of_node, needs_node

ROOT = Path(__file__).parents[3]
MOST_BYTES = 60_000  # of a module, without data
CASES = [(1.0, 12, 1.0, 0.0), (0.5, 12, 1.0, 0.0), (2.0, 3, 1.0, 0.0), (1.0, 12, 0.7, 0.0), (1.3, 8, 0.9, 0.2)]


@needs_node
def test_the_distribution_is_that_of_the_library():
    generator = torch.Generator().manual_seed(0)
    tied = torch.tensor([2.0, 2.0, 2.0, 1.0, 1.0, 0.0])
    rows = [*(3 * torch.randn(20, 12, generator=generator)), tied]
    wanted, cases = [], []
    for logits in rows:
        for temperature, k, p, least in CASES:
            how = Sampling(temperature=temperature, top_k=k, top_p=p, min_p=least)
            filtered = how.filter(logits.double()[None], torch.zeros(1, 1, dtype=torch.long))
            wanted.append(filtered.softmax(dim=-1)[0].tolist())
            cases.append([logits.tolist(), {"temperature": temperature, "top_k": k, "top_p": p, "min_p": least}])
    for mine, theirs in zip(asked_of_node("sampling", "distribution", cases), wanted, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
        assert [x == 0 for x in mine] == [x == 0 for x in theirs]


def test_without_scripts_it_is_a_list_with_the_probabilities():
    text = sampling([" dog", " <b>"], [1.0, 0.0])
    assert '<code>dog</code> <span class="share">73.1 %</span>' in text
    assert "<code>&lt;b&gt;</code>" in text


@pytest.mark.parametrize("play", plays.PLAYS, ids=lambda play: play.module)
def test_the_script_stands_in_the_page_and_is_small(play):
    text = script(play.module)
    assert text.startswith("<script>(() => {")
    assert "export" not in text
    assert "/*" not in text
    assert len(text.encode()) < MOST_BYTES


def test_a_picture_stands_at_the_end_of_its_section():
    cells = [v4.new_markdown_cell(text) for text in ("# 12", "## 6 · Three ways", "## 7 · The penalty")]
    notebook = v4.new_notebook(cells=cells)
    plays.add(notebook, SAMPLING.notebook)
    assert ['id="play-sampling"' in cell.source for cell in notebook.cells] == [False, False, True, False]


@pytest.mark.parametrize("play", plays.PLAYS, ids=lambda play: play.module)
def test_its_lesson_has_one_heading_that_it_stands_before(play):
    lesson = nbformat.read(ROOT / play.notebook, as_version=4)
    found = [cell for cell in lesson.cells if plays.has_heading(cell.source, play.before)]
    assert [cell.cell_type for cell in found] == ["markdown"]


def test_a_lesson_that_lost_the_section_is_named():
    with pytest.raises(ValueError, match=r"12_generation.ipynb has no heading '## 7 ·'"):
        plays.add(v4.new_notebook(cells=[v4.new_markdown_cell("# 12")]), SAMPLING.notebook)


def test_other_notebooks_stay():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("## 7 ·")])
    plays.add(notebook, "notebooks/02_data.ipynb")
    assert len(notebook.cells) == 1
