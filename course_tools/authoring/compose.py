"""A source and a page make a notebook without outputs: stable ids, and no metadata but what is needed."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from course_tools.authoring import generated, quiz
from course_tools.authoring.cells import SKIP_EXECUTION, Cell, Source
from course_tools.authoring.edition import IN_ENGLISH, Edition
from course_tools.authoring.jupyter import NotebookNode, nbformat
from course_tools.authoring.layout import Kind, Page
from course_tools.authoring.markers import cut

# Raised when notebooks must be executed anew although nothing that is written in them changes.
BUILDER_VERSION = 1

INSTALL_ID = "course-install"
FOOTER_ID = "course-footer"

# Code that is there but not shown until it is opened: JupyterLab reads the first, Colab the second.
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}

NBFORMAT = (4, 5)  # the first format with cell ids

_ID_LENGTH = 12  # hexadecimal digits: 48 bits


def compose(
    source: Source,
    page: Page,
    *,
    existing: Collection[Page] = (),
    repository: str = "",
    edition: Edition = IN_ENGLISH,
) -> NotebookNode:
    """The notebook `page` made of `source`, not executed; its metadata holds a hash of all that went into it.

    existing: the course's notebooks, to which the last cell may link. repository: the course's public address.
    edition: the language; `source` is already in it.
    """
    cells = []
    points = {name: task.points for name, task in source.tasks.items()}
    ids: set[str] = set()
    for position, cell in enumerate(source.cells):
        cells.append(_compose_cell(cell, page, points, ids, edition))
        if position == 0:
            cells[0].source = generated.with_badge(cells[0].source, page, repository)
            install = generated.install_cell(repository, edition.language)
            cells.append(_new_cell("code", INSTALL_ID, install, dict(FOLDED)))
    cells.append(_new_cell("markdown", FOOTER_ID, generated.footer(page, existing, edition.words), {}))
    for composed in cells:
        if composed.cell_type == "markdown":
            composed.source = edition.lay_out(composed.source)
    notebook = nbformat.from_dict(
        {"cells": cells, "metadata": notebook_metadata(), "nbformat": NBFORMAT[0], "nbformat_minor": NBFORMAT[1]}
    )
    notebook.metadata["course"] = {"source": page.source, "hash": _digest(notebook)}
    return notebook


def notebook_metadata() -> dict[str, Any]:
    """The same for every notebook, on every machine."""
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def without_outputs(notebook: NotebookNode) -> dict[str, Any]:
    """What is authored of a notebook: ids, types, sources and metadata of its cells, and its own metadata."""
    cells = [{key: cell.get(key) for key in ("id", "cell_type", "source", "metadata")} for cell in notebook.cells]
    metadata = {key: value for key, value in notebook.metadata.items() if key != "course"}
    return {"cells": cells, "metadata": metadata}


def source_line(source: Source, page: Page, position: int, line: int) -> int:
    """The line in the source of a line (counted from 1) in the cell at `position` of the notebook."""
    index = position - 1 if position > 1 else 0  # the generated first code cell stands at 1
    cell = source.cells[min(index, len(source.cells) - 1)]
    if position == 1 or (cell.answer and page.kind is Kind.EXERCISE):  # written by no author, or cut
        return cell.line
    return cell.line + line - 1


def _digest(notebook: NotebookNode) -> str:
    """SHA-256 of the authored notebook: it changes with the source, the repository, the neighbours, the builder."""
    authored = json.dumps([BUILDER_VERSION, without_outputs(notebook)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(authored.encode()).hexdigest()


def _compose_cell(
    cell: Cell, page: Page, points: dict[str, int | float], ids: set[str], edition: Edition
) -> NotebookNode:
    text = cell.source
    if cell.answer and page.kind is Kind.EXERCISE:
        text = cut(text, code=cell.type == "code")
    if cell.task:
        text = generated.with_task_line(text, cell.task, edition.words)
    if cell.quiz:
        text = quiz.folded(text, edition.words)
    if cell.fold and cell.type == "markdown":
        text = generated.folded(cell.fold, text)
    return _new_cell(cell.type, _cell_id(cell, page, ids), text, _cell_metadata(cell, page, points))


def _new_cell(kind: str, name: str, text: str, metadata: dict[str, Any]) -> NotebookNode:
    """A cell of nbformat's, which is validated when its notebook is written: one by one takes half of `--check`."""
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": metadata, "source": text}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return nbformat.from_dict(cell)


def _cell_id(cell: Cell, page: Page, ids: set[str]) -> str:
    """The exercise's name for an answer, `check-` and the name for its check, else a hash; never used twice.

    The hash is of the cell before anything is cut or added, so that an exercise and its solution share ids.
    """
    if cell.answer:
        base = cell.answer
    elif cell.check:
        base = f"check-{cell.check}"
    else:
        text = "\0".join((page.topic.name, cell.type, cell.source))
        base = hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]
    name, count = base, 1
    while name in ids:
        count += 1
        name = f"{base}-{count}"
    ids.add(name)
    return name


def _cell_metadata(cell: Cell, page: Page, points: dict[str, int | float]) -> dict[str, Any]:
    """Tags, nbgrader's metadata (version 3) of answers and checks, and in exercises the protection of both."""
    metadata: dict[str, Any] = {}
    if cell.fold and cell.type == "code":
        metadata |= FOLDED
    if cell.tags:
        metadata["tags"] = [*cell.tags, *(["nbval-skip"] if SKIP_EXECUTION in cell.tags else [])]
    if cell.answer:
        graded = cell.type == "markdown"  # prose is marked by hand, code by the check that follows it
        nbgrader = {"grade": graded, "grade_id": cell.answer, "locked": False, "solution": True}
        if graded:
            nbgrader["points"] = points[cell.answer]
    elif cell.check:
        nbgrader = {"grade": True, "grade_id": f"check-{cell.check}", "locked": True, "solution": False}
        nbgrader["points"] = points[cell.check]
    else:
        return metadata
    metadata["nbgrader"] = {**nbgrader, "schema_version": 3, "task": False}
    if page.kind is Kind.EXERCISE:
        metadata["deletable"] = False
        if cell.check:
            metadata["editable"] = False
    return metadata
