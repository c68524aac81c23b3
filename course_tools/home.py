"""A place for what Jupyter writes while it works, where the home folder takes nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDERS = {  # variable -> folder in the place
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}


def home_problem() -> str | None:
    """Why Jupyter cannot work in the home folder, or None if it can."""
    try:
        Path.home()
    except RuntimeError:
        return "HOME is not set, and this user has no account that says where it is"
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".course-{os.getpid()}"
        trial.write_bytes(b"x")
        trial.unlink()
    except OSError as error:
        return f"Jupyter cannot write to {folder}: {error.strerror or error}"
    return None


@contextmanager
def somewhere_to_write() -> Iterator[str | None]:
    """While it lasts, Jupyter writes into a temporary folder where the home folder takes nothing.

    Gives the reason, or None where all is as it should be.
    """
    problem = home_problem()
    if problem is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="course-home-", ignore_cleanup_errors=True) as place:
        ours = {variable: os.path.join(place, folder) for variable, folder in FOLDERS.items()}
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
