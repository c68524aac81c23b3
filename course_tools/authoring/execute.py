"""Notebooks run in kernels of this very Python, each in an empty temporary folder.

A notebook may not count on files beside it, and leaves none: what it writes belongs into a
`tempfile.TemporaryDirectory()`. So it runs the same wherever it lies, and students' folders stay clean.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import course_lib
from course_tools.authoring.cells import SKIP_EXECUTION
from course_tools.authoring.jupyter import NotebookNode

CELL_TIMEOUT = 900  # seconds
START_TIMEOUT = 180  # seconds
TRACEBACK_LINES = 6

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"Cell In ?\[(?P<count>\d+)\],? line:? ?(?P<line>\d+)")
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# Settings of whoever builds that would show in the outputs.
_PRIVATE = ("COURSE_STORIES", "MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS", "FORCE_COLOR", "NO_COLOR", "COLUMNS")


class CellFailed(Exception):
    """A cell that did not run to its end: its position in the notebook and the line in it, counted from 1."""

    def __init__(self, position: int, line: int, message: str):
        self.position = position
        self.line = line
        super().__init__(message)


class ThisPython(KernelSpecManager):
    """Finds the kernel of the running interpreter, whatever kernels are or are not installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel of `sys.executable`, under any name."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def kernel_environment(*, threads: int, changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a kernel: quiet, `threads` threads, one order of hashes, nothing of the user's profile."""
    library = str(Path(course_lib.__file__).parents[1])
    environment = {name: value for name, value in os.environ.items() if name not in _PRIVATE}
    environment |= dict.fromkeys(_THREADS, str(threads))
    environment |= {
        "COURSE_QUIET": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (library, os.environ.get("PYTHONPATH")))),
        "TOKENIZERS_PARALLELISM": "false" if threads == 1 else "true",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return environment | dict(changes or {})


def code_cells(notebook: NotebookNode) -> int:
    """How many cells an execution runs."""
    return sum(
        cell.cell_type == "code" and SKIP_EXECUTION not in cell.metadata.get("tags", []) for cell in notebook.cells
    )


async def execute(notebook: NotebookNode, environment: Mapping[str, str], on_cell: Callable[[], object]) -> None:
    """Run the notebook's cells and put their outputs into it; `on_cell` is called after each.

    The kernel is gone when this returns, raises or is cancelled.
    Raises CellFailed if a cell raises, takes too long or takes the kernel down, or if files are left behind.
    """
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as temporary:
        folder, profile, log = (Path(temporary) / name for name in ("work", "ipython", "kernel.log"))
        folder.mkdir()
        profile.mkdir()
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=ThisPython(),
            connection_file=str(Path(temporary) / "connection.json"),
        )
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=CELL_TIMEOUT,
            startup_timeout=START_TIMEOUT,
            record_timing=False,
            coalesce_streams=True,
            store_widget_state=False,
            skip_cells_with_tag=SKIP_EXECUTION,
        )
        with log.open("wb") as kernel_log:
            try:
                await manager.start_kernel(
                    env={**environment, "IPYTHONDIR": str(profile)},
                    cwd=str(folder),
                    stdout=kernel_log,
                    stderr=kernel_log,
                    extra_arguments=["--HistoryManager.enabled=False"],
                )
                await client.async_start_new_kernel_client()
                client.reset_execution_trackers()
                await _run_cells(client, notebook, log, on_cell)
            finally:
                if client.kc is not None:
                    client.kc.stop_channels()
                if manager.has_kernel:
                    await manager.shutdown_kernel(now=True)
        left = sorted(path.name for path in folder.iterdir())
        if left:
            message = f"leaves {', '.join(left)} in the working folder: write into tempfile.TemporaryDirectory()"
            raise CellFailed(0, 1, message)


async def _run_cells(client: NotebookClient, notebook: NotebookNode, log: Path, on_cell: Callable[[], object]) -> None:
    for position, cell in enumerate(notebook.cells):
        before = client.code_cells_executed
        try:
            await client.async_execute_cell(cell, position, execution_count=before + 1)
        except CellExecutionError:
            raise _failure(notebook, position) from None
        except CellTimeoutError:
            raise CellFailed(position, 1, f"took more than {CELL_TIMEOUT} s") from None
        except DeadKernelError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # nbclient takes Ctrl-C for the kernel's death
                raise asyncio.CancelledError from None
            said = [line for line in log.read_text(errors="replace").splitlines() if "WARNING" not in line]
            raise CellFailed(position, 1, "\n    ".join(["the kernel died", *said[-TRACEBACK_LINES:]])) from None
        if client.code_cells_executed > before:
            on_cell()


def _failure(notebook: NotebookNode, position: int) -> CellFailed:
    """What the error output of the cell at `position` says: the innermost line in the notebook, the traceback's end."""
    error = next(output for output in notebook.cells[position].outputs if output.output_type == "error")
    lines = [line for line in _COLOUR.sub("", "\n".join(error.traceback)).splitlines() if line.strip()]
    message = "\n    ".join([f"{error.ename}: {error.evalue}".split("\n")[0], *lines[-TRACEBACK_LINES:]])
    frames = [match for line in lines if (match := _FRAME.search(line))]
    if not frames:
        return CellFailed(position, 1, message)
    # The innermost frame may be in a function that an earlier cell defined.
    positions = {cell.get("execution_count"): index for index, cell in enumerate(notebook.cells)}
    return CellFailed(positions.get(int(frames[-1]["count"]), position), int(frames[-1]["line"]), message)
