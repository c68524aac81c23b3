"""A place for what Jupyter and downloads write, where the home folder takes nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_lib.corpus import cache_folder

FOLDERS = {  # variable -> folder in the place
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}
CACHE_CHOSEN = ("COURSE_CACHE", "HF_DATASETS_CACHE", "HF_HOME")  # whoever set one of them decides where downloads go


def home_problem() -> str | None:
    """Why Jupyter cannot work in the home folder, or None if it can."""
    try:
        Path.home()
    except RuntimeError:
        return "HOME is not set, and this user has no account that says where it is"
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    problem = writing_problem(folder)
    return None if problem is None else f"Jupyter cannot write to {folder}: {problem}"


def cache_is_out_of_reach() -> bool:
    """Whether downloads would go to the home folder, nobody having chosen another, and cannot be written there."""
    if any(os.environ.get(variable) for variable in CACHE_CHOSEN):
        return False
    try:
        return writing_problem(cache_folder()) is not None
    except FileNotFoundError:
        return True


def writing_problem(folder: Path) -> str | None:
    """Why nothing can be written into a folder, which is made if it is missing; None if it can."""
    trial = folder / f".course-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"x")
        trial.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return None


@contextmanager
def somewhere_to_write() -> Iterator[str | None]:
    """While it lasts, Jupyter and downloads use a temporary folder where the home folder takes nothing.

    Gives the reason, or None where Jupyter can work in the home folder.
    """
    problem, without_cache = home_problem(), cache_is_out_of_reach()
    if problem is None and not without_cache:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="course-home-", ignore_cleanup_errors=True) as place:
        folders = FOLDERS if problem is not None else {}
        ours = {variable: os.path.join(place, folder) for variable, folder in folders.items()}
        if without_cache:
            ours["HF_HOME"] = os.path.join(place, "huggingface")
        if "HOME" not in os.environ:
            ours["HOME"] = place
        before = {variable: os.environ.get(variable) for variable in ours}
        for variable, folder in ours.items():
            os.makedirs(folder, mode=0o700, exist_ok=True)
            os.environ[variable] = folder
        try:
            yield problem
        finally:
            for variable, value in before.items():
                os.environ.pop(variable, None)
                if value is not None:
                    os.environ[variable] = value
