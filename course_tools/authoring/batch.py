"""Several notebooks executed at once: a bar while a notebook runs, a line when it is done."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_lib.show.progress import bar
from course_lib.util.files import write_text
from course_tools.authoring.cells import Source
from course_tools.authoring.compose import source_line
from course_tools.authoring.execute import CellFailed, code_cells, execute
from course_tools.authoring.jupyter import NotebookNode, nbformat
from course_tools.authoring.layout import Page

INTERRUPTED = 130  # exit status of a program that Ctrl-C ended


@dataclass
class Work:
    """A notebook to execute, what it was made of, and how to call it."""

    page: Page
    source: Source
    notebook: NotebookNode
    name: str
    done: int = 0  # cells


def execute_all(
    work: Sequence[Work],
    *,
    jobs: int,
    environment: Mapping[str, str],
    keep: Callable[[Work, CellFailed | None], str],
) -> int:
    """Execute every notebook, `jobs` at a time, going on with the others when one fails; the exit status.

    keep: called with each notebook that ended, and why it failed if it did; it saves what is worth saving,
    may raise CellFailed itself, and returns what to say at the end of the line.
    """
    # On Windows the default loop cannot watch a kernel's sockets.
    loop_factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(_execute_all(work, jobs, environment, keep))
    except KeyboardInterrupt:
        print("interrupted: finished notebooks are kept, the others are as they were", file=sys.stderr)
        return INTERRUPTED


async def _execute_all(
    work: Sequence[Work], jobs: int, environment: Mapping[str, str], keep: Callable[[Work, CellFailed | None], str]
) -> int:
    free = asyncio.Semaphore(jobs)

    async def one(item: Work) -> bool:
        async with free:
            return await _execute_one(item, environment, keep)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in work]
    return 0 if all(task.result() for task in tasks) else 1


async def _execute_one(
    item: Work, environment: Mapping[str, str], keep: Callable[[Work, CellFailed | None], str]
) -> bool:
    total = code_cells(item.notebook)
    failure: CellFailed | None = None
    began = time.perf_counter()
    with bar(description=item.name, total=total, unit="cell") as progress:

        def advance() -> None:
            item.done += 1
            progress.update()

        try:
            await execute(item.notebook, environment, advance)
        except CellFailed as error:
            failure = error
        try:
            remark = keep(item, failure)
        except CellFailed as error:
            failure, remark = error, ""
        except OSError as error:
            failure, remark = CellFailed(0, 1, f"the notebook cannot be written: {error}"), ""
        seconds = time.perf_counter() - began
        progress.write(f"{item.name}  {item.done}/{total} cells  {seconds:.1f} s  {'FAILED' if failure else remark}")
        if failure:
            line = source_line(item.source, item.page, failure.position, failure.line)
            progress.write(f"{item.source.name}:{line}: {failure}", file=sys.stderr)
        sys.stdout.flush()  # a line now, also where the output goes to a file
    return failure is None


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """A notebook is the old one or the new one, never half of one.

    Raises nbformat.ValidationError for what is not a notebook.
    """
    nbformat.validate(notebook)
    write_text(path, nbformat.writes(notebook).rstrip("\n") + "\n")
