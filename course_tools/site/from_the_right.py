"""Markdown that was laid out from the right for JupyterLab, as a page needs it that is read from the right itself."""

import re

from course_tools.authoring.jupyter import NotebookNode
from course_tools.translating.layout import PARAGRAPH, RIGHT_TO_LEFT, from_the_right

_DIVISION = re.compile(re.escape(RIGHT_TO_LEFT).replace(re.escape("{text}"), "(.*)"), re.DOTALL)
_PARAGRAPH = re.compile(f"^{re.escape(PARAGRAPH)}$".replace(re.escape("{text}"), "(.*)"), re.MULTILINE)


def unwrap(notebook: NotebookNode) -> None:
    """Take the division around each cell away: it would end inside the section that its heading begins."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = unwrapped(cell.source)


def unwrapped(text: str) -> str:
    """The markdown without what the page says for all of it; pieces from left to right stay marked."""
    inside = _DIVISION.fullmatch(text.strip())
    return _PARAGRAPH.sub(r"\1", inside[1] if inside else text)


def marked(text: str) -> str:
    """Markdown that nobody laid out yet, with its Latin words and its code kept in order."""
    return unwrapped(from_the_right(text))
