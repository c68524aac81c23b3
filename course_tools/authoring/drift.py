"""Whether a built notebook still says what its source says."""

from pathlib import Path

from course_tools.authoring.cells import SKIP_EXECUTION
from course_tools.authoring.compose import without_outputs
from course_tools.authoring.jupyter import NotebookNode, nbformat


def find_drift(expected: NotebookNode, path: Path) -> str:
    """Why the notebook at `path` is not `expected` with outputs, in a few words; empty if it is."""
    try:
        found = nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)
    except FileNotFoundError:
        return "not built yet"
    except (ValueError, AttributeError, nbformat.ValidationError) as error:  # not JSON, not an object, without cells
        return f"not a notebook: {str(error).splitlines()[0]}"
    if (found.get("nbformat"), found.get("nbformat_minor")) != (expected.nbformat, expected.nbformat_minor):
        return f"its notebook format is {found.get('nbformat')}.{found.get('nbformat_minor')}"
    return _authored_drift(expected, found) or _executed_drift(found)


def _authored_drift(expected: NotebookNode, found: NotebookNode) -> str:
    want, have = without_outputs(expected), without_outputs(found)
    want_ids = [cell["id"] for cell in want["cells"]]
    have_ids = [cell["id"] for cell in have["cells"]]
    for cell in want["cells"]:
        if cell["id"] not in have_ids:
            return f"cell {cell['id']} is missing or changed: {_first_line(cell['source'])!r}"
    for cell in have["cells"]:
        if cell["id"] not in want_ids:
            return f"cell {cell['id']} is not in the source: {_first_line(cell['source'])!r}"
    if want_ids != have_ids:
        return "its cells are in another order"
    for wanted, had in zip(want["cells"], have["cells"], strict=True):
        for key in ("cell_type", "source", "metadata"):
            if wanted[key] != had[key]:
                return f"the {key.replace('_', ' ')} of cell {wanted['id']} differs: {_first_line(wanted['source'])!r}"
    if want["metadata"] != have["metadata"]:
        return "its metadata differs"
    if expected.metadata["course"] != found.metadata.get("course"):
        return "its outputs were made from something else"
    return ""


def _executed_drift(found: NotebookNode) -> str:
    for cell in found.cells:
        skipped = SKIP_EXECUTION in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and not skipped and cell.get("execution_count") is None:
            return f"cell {cell.id} was never executed"
    return ""


def _first_line(source: str) -> str:
    return source.split("\n", 1)[0][:60]
