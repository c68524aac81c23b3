"""Files and folders that are whole or not there: written beside the old one, then renamed over it.

Whoever reads meanwhile finds the old one, and so does whoever reads after a program was ended, or a machine lost its
power: every byte is on the disk (fsync) before the name is given away. What is not promised is that the new one is
there after a power cut that follows at once: the folder's own entry is left to the system.
"""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

UNFINISHED = ".part"  # how a name ends until the file has its own


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Gives a free name beside `path` to write a file or a folder to; at the end of the block it becomes `path`.

    If the block raises, `path` stays as it was and what was written is removed. A file that is replaced passes its
    mode on, a link stays a link to the file that is replaced, and the folder is made if need be. A folder can only
    take the place of an empty one: remove the old one at the end of the block.
    Raises PermissionError, with the remedy, if `path` is in use on a system that replaces no file that is open.
    """
    path = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes, or two threads, that write the same file do not meet: the later rename wins.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{UNFINISHED}")
    _remove(unfinished)  # of a process that was ended, and whose number this one has now
    try:
        yield unfinished
        _write_through(unfinished)
        if path.is_file():
            shutil.copymode(path, unfinished)
        try:
            os.replace(unfinished, path)
        except PermissionError as error:
            raise PermissionError(
                f"{path} is in use or write-protected, and cannot be replaced. Windows replaces no file that is open: "
                "delete the variables that use it, or write to another name"
            ) from error
    finally:
        _remove(unfinished)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 file, its line ends as they are in `text`."""
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="")


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file of bytes."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(content)


def read_json(path: str | Path) -> Any:
    """The content of a JSON file. Raises ValueError, naming the file, if it is something else."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a JSON file, or was cut off: {error}") from error


def _write_through(path: Path) -> None:
    """Have the system write to the disk what it still holds in memory, of a file or of all files of a folder."""
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            with open(file, "rb+") as written:  # Windows wants it open for writing
                os.fsync(written.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
