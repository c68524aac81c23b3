"""A built notebook as the source of a page: what is only for running goes, answers fold, pictures become files."""

import base64
import html
import re
from pathlib import Path

from course_lib.util.language import IN_ENGLISH, Words
from course_tools.authoring.compose import INSTALL_ID
from course_tools.authoring.jupyter import NotebookNode, nbformat
from course_tools.authoring.layout import Kind, Page
from course_tools.site import plays
from course_tools.site.from_the_right import unwrap
from course_tools.site.headings import step_by_step
from course_tools.site.pictures import Pictures

FILES = "files"  # the folder of what can be downloaded
UP = "../"  # every notebook's page stands in a folder of the site

HIDE_CODE = "hide-input"  # MyST-NB folds the code of a cell with this tag

# The button that the builder puts below the title, where the course has a public address: an image from elsewhere.
_BADGE = re.compile(r"^\[!\[Open in Colab\]\([^)]*\)\]\((?P<address>[^)]*)\)\n*", re.MULTILINE)


def stage(page: Page, root: Path, folder: Path, pictures: Pictures, words: Words = IN_ENGLISH) -> None:
    """Write the page's source below `folder`, and the notebook itself, as a file to download, beside the pictures.

    Raises FileNotFoundError, with the remedy, if the notebook has not been built.
    """
    path = root / page.notebook
    if not path.is_file():
        raise FileNotFoundError(f"{page.notebook} is missing; build it: course build {page.topic.number:02d}")
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    staged = folder / place_of(page)
    staged.parent.mkdir(parents=True, exist_ok=True)
    made = as_page(notebook, page, pictures, words)
    plays.add(made, page.notebook, words)
    nbformat.write(made, staged)
    download = pictures.root / FILES / place_of(page)
    download.parent.mkdir(parents=True, exist_ok=True)
    download.write_text(text, encoding="utf-8")


def place_of(page: Page) -> str:
    """Where the page is in its part of the site: an edition has a part of its own."""
    return f"{page.kind}/{page.topic.stem}.ipynb"


def as_page(notebook: NotebookNode, page: Page, pictures: Pictures, words: Words = IN_ENGLISH) -> NotebookNode:
    """The notebook changed in place: buttons below its title, no cell that installs, answers folded, small pictures."""
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != INSTALL_ID]
    if words.direction == "rtl":
        unwrap(notebook)
    first = notebook.cells[0]
    badge = _BADGE.search(first.source)
    title, _, rest = _BADGE.sub("", first.source).partition("\n")
    first.source = f"{title}\n\n{_buttons(page, badge['address'] if badge else '', words)}\n\n{rest.lstrip()}"
    answer = words.say("Open the answer")
    level = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source, level = step_by_step(cell.source, level)
            if page.kind is Kind.SOLUTION and _is_answer(cell):
                cell.source = f"<details><summary>{answer}</summary>\n\n{cell.source}\n\n</details>"
            continue
        if page.kind is Kind.SOLUTION and _is_answer(cell):
            _fold_code(cell, answer, words.say("Hide it again"))
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            _fold_code(cell, words.say("Show the code"), words.say("Hide it again"))
        for output in cell.outputs:
            _with_small_pictures(output, pictures)
    return notebook


def _buttons(page: Page, colab: str, words: Words) -> str:
    name = f"{page.topic.stem}.ipynb"
    file, download = f"{UP}{FILES}/{place_of(page)}", words.say("Download the notebook")
    links = [f'<a class="course-button" href="{file}" download="{name}">{download}</a>']
    if colab:
        links.append(f'<a class="course-button" href="{html.escape(colab)}">{words.say("Open in Colab")}</a>')
    return f'<p class="course-buttons">{" ".join(links)}</p>'


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _fold_code(cell: NotebookNode, show: str, hide: str) -> None:
    cell.metadata["tags"] = [*cell.metadata.get("tags", []), HIDE_CODE]
    cell.metadata["mystnb"] = {"code_prompt_show": show, "code_prompt_hide": hide}


def _with_small_pictures(output: NotebookNode, pictures: Pictures) -> None:
    data = output.get("data", {})
    if "image/png" in data:
        alt = output.metadata.get("image/png", {}).get("alt", "")
        data["text/html"] = pictures.image(base64.b64decode(data.pop("image/png")), alt=alt, up=UP)
        output.metadata.pop("image/png", None)
    elif "text/html" in data:
        data["text/html"] = pictures.without_data(data["text/html"], up=UP)
