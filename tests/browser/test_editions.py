"""The Persian lesson 03 as a student sees it: every cell runs, prose from right to left, code and formulas not."""

from pathlib import Path

import nbformat
import pytest

from tests.browser.jupyterlab import OpenNotebook, browser_is_missing, chromium, serve

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
LESSON = "fa/notebooks/03_attention.ipynb"
EXERCISES = "fa/exercises/03_attention.ipynb"
TRANSPOSED_MASK = """\
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).triu()
"""
PERSIAN = "/[\\u0600-\\u06ff]/"
# For each kind of element, how many are read in each direction; of prose only what has Persian letters.
DIRECTIONS = """
const count = (selector, wanted) => {
  const found = {};
  for (const element of document.querySelectorAll('.jp-Notebook ' + selector)) {
    if (!wanted(element)) continue;
    const direction = getComputedStyle(element).direction;
    found[direction] = (found[direction] || 0) + 1;
  }
  return found;
};
const persian = element => PERSIAN.test(element.textContent);
return {
  prose: count('.jp-MarkdownOutput :is(p, li, h1, h2, h3, summary)', persian),
  tables: count('.jp-MarkdownOutput table', persian),
  code: count('.jp-MarkdownOutput code', () => true),
  formulas: count('.jp-MarkdownOutput mjx-container mjx-math', () => true),
  cells: count('.jp-CodeCell .cm-content', () => true),
  outputs: count('.jp-OutputArea-output pre', () => true),
};
""".replace("PERSIAN", PERSIAN)
# Where each end of a piece of code or formula stands: a bracket that closes has to stand at the right of its opening.
TURNED = """
const turned = [];
for (const element of document.querySelectorAll('.jp-Notebook .jp-MarkdownOutput bdi')) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  const whole = texts.map(node => node.data).join('');
  if (texts.length !== 1 || whole.length < 2 || !element.checkVisibility()) continue;
  const place = index => {
    const range = document.createRange();
    range.setStart(texts[0], index);
    range.setEnd(texts[0], index + 1);
    return range.getBoundingClientRect();
  };
  const [first, last] = [place(0), place(whole.length - 1)];
  if (Math.abs(first.top - last.top) < 2 && first.left > last.left) turned.push(whole);
}
return turned;
"""
# Paragraphs of one line that do not end where their box does, at the right.
RAGGED = """
return [...document.querySelectorAll('.jp-Notebook .jp-MarkdownOutput p')].filter(element => {
  if (!PERSIAN.test(element.textContent) || !element.checkVisibility()) return false;
  const range = document.createRange();
  range.selectNodeContents(element);
  const right = Math.max(...[...range.getClientRects()].filter(box => box.width > 0).map(box => box.right));
  return element.getBoundingClientRect().right - right > 30;
}).map(element => element.textContent);
""".replace("PERSIAN", PERSIAN)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(browser_is_missing()), reason=browser_is_missing()),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Opens a copy of a notebook, in a kernel of its own, in one browser."""
    folder = tmp_path_factory.mktemp("course")
    for name in (LESSON, EXERCISES):
        notebook = nbformat.read(ROOT / name, as_version=nbformat.NO_CONVERT)
        notebook.cells = [cell for cell in notebook.cells if "skip-execution" not in cell.metadata.get("tags", [])]
        (folder / name).parent.mkdir(parents=True)
        nbformat.write(notebook, folder / name)
    notebooks = []
    with (
        serve(folder, tmp_path_factory.mktemp("home")) as lab,
        chromium(tmp_path_factory.mktemp("browser")) as driver,
    ):

        def open_and_clear(name):
            notebook = OpenNotebook(driver, lab, name)
            notebooks.append(notebook)
            notebook.clear_outputs()
            return notebook, driver

        yield open_and_clear
        for notebook in notebooks:
            notebook.shut_down()


def test_the_lesson_runs_and_prose_is_read_from_the_right_but_not_code_or_formulas(opened):
    notebook, driver = opened(LESSON)
    notebook.run_all()
    notebook.screenshot(SCREENSHOTS / "03_attention_fa.png")
    directions = driver.execute_script(DIRECTIONS)
    assert directions["prose"]["rtl"] > 100
    assert set(directions["prose"]) == set(directions["tables"]) == {"rtl"}
    for kind in ("code", "formulas", "cells", "outputs"):
        assert set(directions[kind]) == {"ltr"}, directions
    assert driver.execute_script(TURNED) == []
    assert driver.execute_script(RAGGED) == []


def test_a_wrong_answer_is_named_in_persian_with_its_code_from_the_left(opened):
    notebook, driver = opened(EXERCISES)
    notebook.type_into("causal_mask", TRANSPOSED_MASK)
    notebook.run_all()
    notebook.screenshot(SCREENSHOTS / "03_exercises_fa.png")
    assert notebook.sees("causal_mask: هنوز درست نیست.")
    assert notebook.sees("اشتباه احتمالی: ماسک ترانهاده است.")
    boxes = driver.execute_script(
        "return [...document.querySelectorAll('.jp-RenderedHTML > div')].map(box => getComputedStyle(box).direction)"
    )
    assert boxes
    assert set(boxes) == {"rtl"}
