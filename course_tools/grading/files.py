"""The files in a folder or an archive that may have been handed in. Nothing is written, no link is followed."""

import functools
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from course_lib.util.notebook import MAX_BYTES
from course_tools.grading.identity import RENAMED

MAX_ARCHIVE = 1 << 30  # bytes of an archive, as it lies there
MAX_MEMBERS = 20_000  # files in an archive
MAX_UNPACKED = 1 << 30  # bytes read out of one archive
MAX_DEPTH = 12  # folders within folders
IGNORED = (".ipynb_checkpoints", "__MACOSX", ".git", ".venv", "node_modules", "__pycache__")
TIMESTAMP = "timestamp.txt"  # nbgrader's, beside the notebook
_NOT_TAKEN = (".json", ".txt", ".pdf", ".py", ".html", ".docx", ".rar", ".7z", ".tar", ".gz", ".tgz", ".xz", ".bz2")


class Refused(ValueError):
    """A file that is not taken; the message says why."""


class NotANotebook(Refused):
    """A file of another kind: worth a word only if its owner handed in nothing else."""


@dataclass(frozen=True)
class Found:
    """A file that may be a submission. parts: folders and name; owner: whose archive it lies in, or None."""

    path: str
    parts: tuple[str, ...]
    file: Path
    member: str
    time: datetime
    data: Callable[[], bytes]
    owner: tuple[str, ...] | None = None


def _refuse_kind(name: str) -> bytes:
    kind = PurePosixPath(name).suffix.lower()
    raise NotANotebook(f"{kind} is neither a notebook nor a zip, so nothing in it is graded: ask for the .ipynb")


def read_file(path: Path) -> bytes:
    """A regular file's bytes. Raises Refused for links, for what is not a file, and for what is too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Refused("it is a symbolic link, or cannot be opened") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("it is not a regular file")
        if status.st_nlink > 1:
            raise Refused("it is a hard link: the same file has another name, perhaps in a neighbour's folder")
        if status.st_size > MAX_BYTES:
            raise Refused(f"it has {status.st_size >> 20} MB, a notebook may have {MAX_BYTES >> 20}")
        return file.read(MAX_BYTES + 1)


def in_folder(folder: Path, parts: tuple[str, ...], rejected: list[str]) -> Iterator[Found]:
    """What may be a submission in a folder and those in it; what may not is added to `rejected`."""
    if len(parts) > MAX_DEPTH:
        rejected.append(f"{'/'.join(parts)}: folders are nested too deeply")
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        here = (*parts, entry.name)
        path, file = "/".join(here), Path(entry.path)
        low = entry.name.lower()
        notebook = low.endswith(".ipynb") or RENAMED.search(low) is not None
        wanted = notebook or (low.endswith((".zip", *_NOT_TAKEN)) and low != TIMESTAMP)
        if entry.name in IGNORED or entry.name.startswith("._"):
            continue
        if entry.is_symlink():
            rejected.append(f"{path}: it is a symbolic link")
        elif entry.is_dir(follow_symlinks=False):
            yield from in_folder(file, here, rejected)
        elif not wanted:
            continue
        elif not entry.is_file(follow_symlinks=False):
            rejected.append(f"{path}: it is not a regular file")
        elif entry.name.lower().endswith(".zip"):
            yield from in_archive(file, path, here, here, rejected)
        else:
            time = _timestamp(file) or datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            read = functools.partial(read_file, file) if notebook else functools.partial(_refuse_kind, low)
            yield Found(path, here, file, "", time, read)


def in_archive(
    file: Path, path: str, parts: tuple[str, ...], owner: tuple[str, ...] | None, rejected: list[str]
) -> Iterator[Found]:
    """The notebooks in an archive: nothing is unpacked to disk, and no more is read than may be."""
    try:
        with open_archive(file) as archive:
            members = archive.infolist()
    except (Refused, OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        rejected.append(f"{path or file.name}: {error}")
        return
    if len(members) > MAX_MEMBERS:
        rejected.append(f"{path or file.name}: the archive has {len(members):,} files, it may have {MAX_MEMBERS:,}")
        return
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        rejected.append(f"{path or file.name}: unpacked it would have more than {MAX_UNPACKED >> 20} MB")
        return
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        name = f"{path}!{member.filename}" if path else member.filename
        hidden = any(part in IGNORED or part.startswith("._") for part in inside.parts)
        if member.is_dir() or hidden or inside.suffix.lower() not in (".ipynb", ".zip", *_NOT_TAKEN):
            continue
        notebook = inside.suffix.lower() == ".ipynb" or RENAMED.search(inside.name) is not None
        if inside.name == TIMESTAMP:
            continue
        if inside.is_absolute() or ".." in inside.parts or re.match(r"^[A-Za-z]:", member.filename):
            rejected.append(f"{name}: its path leads out of the archive")
        elif stat.S_ISLNK(member.external_attr >> 16):
            rejected.append(f"{name}: it is a symbolic link")
        elif inside.suffix.lower() == ".zip":
            rejected.append(f"{name}: archives within archives are not opened")
        else:
            read = functools.partial(_from_archive, file, member)
            read = read if notebook else functools.partial(_refuse_kind, inside.name)
            yield Found(name, inside.parts, file, member.filename, _member_time(member), read, owner)


def open_archive(file: Path) -> zipfile.ZipFile:
    """An archive, if it is a regular file and not too large. Raises Refused."""
    status = os.lstat(file)
    if stat.S_ISLNK(status.st_mode) or not stat.S_ISREG(status.st_mode):
        raise Refused("it is not a regular file")
    if status.st_size > MAX_ARCHIVE:
        raise Refused(f"the archive has {status.st_size >> 20} MB, it may have {MAX_ARCHIVE >> 20}")
    return zipfile.ZipFile(file)


def _from_archive(file: Path, member: zipfile.ZipInfo) -> bytes:
    with open_archive(file) as archive:
        return read_member(archive, member)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member; what its header says of its size is not believed."""
    if member.flag_bits & 1:
        raise Refused("it is encrypted")
    try:
        with archive.open(member) as file:
            data = file.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Refused(f"it cannot be unpacked: {error}") from error
    except Exception as error:  # zlib's and lzma's own
        raise Refused(f"it cannot be unpacked: {type(error).__name__}") from error
    if len(data) > MAX_BYTES:
        raise Refused(f"unpacked it has more than {MAX_BYTES >> 20} MB")
    return data


def _member_time(member: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*member.date_time).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _timestamp(notebook: Path) -> datetime | None:
    """What nbgrader noted when it collected the notebook."""
    try:
        text = read_file(notebook.with_name(TIMESTAMP))[:100].decode()
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except (Refused, ValueError):
        return None
