"""A built notebook as the source of a page: what is only for running goes, answers fold, pictures become files."""

import base64
import html
import re
from pathlib import Path

from course_tools.authoring.compose import INSTALL_ID
from course_tools.authoring.jupyter import NotebookNode, nbformat
from course_tools.authoring.layout import Kind, Page
from course_tools.site import plays
from course_tools.site.headings import step_by_step
from course_tools.site.pictures import Pictures

FILES = "files"  # the folder of what can be downloaded
UP = "../"  # every notebook's page stands in a folder of the site

HIDE_CODE = "hide-input"  # MyST-NB folds the code of a cell with this tag
ANSWER_PROMPT = "Open the answer"

# The button that the builder puts below the title, where the course has a public address: an image from elsewhere.
_BADGE = re.compile(r"^\[!\[Open in Colab\]\([^)]*\)\]\((?P<address>[^)]*)\)\n*", re.MULTILINE)


def stage(page: Page, root: Path, folder: Path, pictures: Pictures) -> None:
    """Write the page's source, and the notebook itself as a file to download, below `folder`.

    Raises FileNotFoundError, with the remedy, if the notebook has not been built.
    """
    path = root / page.notebook
    if not path.is_file():
        raise FileNotFoundError(f"{page.notebook} is missing; build it: course build {page.topic.number:02d}")
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    staged = folder / page.notebook
    staged.parent.mkdir(parents=True, exist_ok=True)
    made = as_page(notebook, page, pictures)
    plays.add(made, page.notebook)
    nbformat.write(made, staged)
    download = pictures.root / FILES / page.notebook
    download.parent.mkdir(parents=True, exist_ok=True)
    download.write_text(text, encoding="utf-8")


def as_page(notebook: NotebookNode, page: Page, pictures: Pictures) -> NotebookNode:
    """The notebook changed in place: buttons below its title, no cell that installs, answers folded, small pictures."""
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != INSTALL_ID]
    first = notebook.cells[0]
    badge = _BADGE.search(first.source)
    title, _, rest = _BADGE.sub("", first.source).partition("\n")
    first.source = f"{title}\n\n{_buttons(page, badge['address'] if badge else '')}\n\n{rest.lstrip()}"
    level = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source, level = step_by_step(cell.source, level)
            if page.kind is Kind.SOLUTION and _is_answer(cell):
                cell.source = f"<details><summary>{ANSWER_PROMPT}</summary>\n\n{cell.source}\n\n</details>"
            continue
        if page.kind is Kind.SOLUTION and _is_answer(cell):
            _fold_code(cell, ANSWER_PROMPT)
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            _fold_code(cell, "Show the code")
        for output in cell.outputs:
            _with_small_pictures(output, pictures)
    return notebook


def _buttons(page: Page, colab: str) -> str:
    name = f"{page.topic.stem}.ipynb"
    links = [f'<a class="course-button" href="{UP}{FILES}/{page.notebook}" download="{name}">Download the notebook</a>']
    if colab:
        links.append(f'<a class="course-button" href="{html.escape(colab)}">Open in Colab</a>')
    return f'<p class="course-buttons">{" ".join(links)}</p>'


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _fold_code(cell: NotebookNode, prompt: str) -> None:
    cell.metadata["tags"] = [*cell.metadata.get("tags", []), HIDE_CODE]
    cell.metadata["mystnb"] = {"code_prompt_show": prompt, "code_prompt_hide": "Hide it again"}


def _with_small_pictures(output: NotebookNode, pictures: Pictures) -> None:
    data = output.get("data", {})
    if "image/png" in data:
        alt = output.metadata.get("image/png", {}).get("alt", "")
        data["text/html"] = pictures.image(base64.b64decode(data.pop("image/png")), alt=alt, up=UP)
        output.metadata.pop("image/png", None)
    elif "text/html" in data:
        data["text/html"] = pictures.without_data(data["text/html"], up=UP)
