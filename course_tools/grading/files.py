"""The files in a folder or an archive that may have been handed in. Nothing is written, no link is followed."""

import functools
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from course_lib.util.notebook import MAX_BYTES
from course_tools.grading.archives import NotANotebook, OpenArchives, Refused
from course_tools.grading.identity import RENAMED

MAX_MEMBERS = 20_000  # files in an archive
MAX_UNPACKED = 1 << 30  # bytes read out of one archive
MAX_OWN_UNPACKED = 256 << 20  # the same, of notebooks in the archive of one student
MAX_DEPTH = 12  # folders within folders
IGNORED = (".ipynb_checkpoints", "__MACOSX", ".git", ".venv", "node_modules", "__pycache__", "Thumbs.db")
TIMESTAMP = "timestamp.txt"  # nbgrader's, beside the notebook
NBGRADER_DEPTH = 3  # student/lesson/notebook: deeper, a student made the folder


@dataclass(frozen=True)
class Found:
    """A file that may be a submission, or one that is refused, and why.

    parts: folders and name.   member: its name in an archive; inner: its name in an archive within that one.
    owner: the place of the archive of one student that it lies in, or None.
    time: of the outermost thing that is one student's; inner_time: what an archive of theirs says of it.
    stamp: what nbgrader noted, or whoever put a file of that name beside it.
    """

    path: str
    parts: tuple[str, ...]
    file: Path
    member: str
    time: datetime
    data: Callable[[], bytes]
    owner: tuple[str, ...] | None = None
    inner: str = ""
    inner_time: datetime | None = None
    stamp: datetime | None = None
    refused: Refused | None = None


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


def in_folder(folder: Path, parts: tuple[str, ...], archives: OpenArchives) -> Iterator[Found]:
    """What lies in a folder and those in it: what may be a submission, and what is refused."""
    if len(parts) > MAX_DEPTH:
        yield _refused("/".join(parts), parts, folder, "folders are nested too deeply")
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        here = (*parts, entry.name)
        path, file = "/".join(here), Path(entry.path)
        low = entry.name.lower()
        if entry.name in IGNORED or entry.name.startswith("._") or low in (TIMESTAMP, ".ds_store"):
            continue
        if entry.is_symlink():
            yield _refused(path, here, file, "it is a symbolic link")
        elif entry.is_dir(follow_symlinks=False):
            yield from in_folder(file, here, archives)
        elif not entry.is_file(follow_symlinks=False):
            if _is_notebook(low) or low.endswith(".zip"):
                yield _refused(path, here, file, "it is not a regular file")
        else:
            changed = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            stamp = _timestamp(file) if len(here) == NBGRADER_DEPTH else None
            one = Found(path, here, file, "", changed, functools.partial(read_file, file))
            if low.endswith(".zip"):
                yield from in_archive(replace(one, owner=here), archives)
            elif _is_notebook(low):
                yield replace(one, stamp=stamp)
            else:
                yield replace(one, refused=_other_kind(low))


def in_archive(found: Found, archives: OpenArchives) -> Iterator[Found]:
    """What lies in an archive: of one student, if `found` has an owner, else of a class.

    In that of a class those of students are opened as well, and no further ones. Nothing is unpacked to disk, and no
    more is read than may be.
    """
    path = found.path or found.file.name
    try:
        members = archives.get(found.file, found.member).infolist()
    except (Refused, OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        yield replace(found, path=path, refused=Refused(str(error)))
        return
    if refusal := _too_much(members, own=found.owner is not None):
        yield replace(found, path=path, refused=refusal)
        return
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        low = inside.name.lower()
        if member.is_dir() or low in (TIMESTAMP, ".ds_store"):
            continue
        if any(part in IGNORED or part.startswith("._") for part in inside.parts):
            continue
        one = _member(found, member, inside, archives)
        if inside.is_absolute() or ".." in inside.parts or re.match(r"^[A-Za-z]:", member.filename):
            yield replace(one, parts=(), refused=Refused("its path leads out of the archive"))
        elif stat.S_ISLNK(member.external_attr >> 16):
            yield replace(one, refused=Refused("it is a symbolic link"))
        elif low.endswith(".zip") and found.owner is not None:
            yield replace(one, refused=Refused("archives within archives are not opened"))
        elif low.endswith(".zip"):
            yield from in_archive(replace(one, owner=inside.parts), archives)
        else:
            yield one if _is_notebook(low) else replace(one, refused=_other_kind(low))


def _member(found: Found, member: zipfile.ZipInfo, inside: PurePosixPath, archives: OpenArchives) -> Found:
    """A member of an archive as something that may be a submission.

    The time that a class's archive says was written by the course system; one student's own was written by them.
    """
    name = f"{found.path}!{member.filename}" if found.path else member.filename
    time = _member_time(member)
    outer, inner = (found.member, member.filename) if found.member else (member.filename, "")
    return replace(
        found,
        path=name,
        parts=inside.parts,
        member=outer,
        inner=inner,
        time=time if found.owner is None else found.time,
        inner_time=time,
        data=functools.partial(archives.read, found.file, outer, inner),
    )


def _too_much(members: list[zipfile.ZipInfo], *, own: bool) -> Refused | None:
    if len(members) > MAX_MEMBERS:
        return Refused(f"the archive has {len(members):,} files, it may have {MAX_MEMBERS:,}")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        return Refused(f"unpacked it would have more than {MAX_UNPACKED >> 20} MB")
    notebooks = sum(member.file_size for member in members if _is_notebook(member.filename.lower()))
    if own and notebooks > MAX_OWN_UNPACKED:
        return Refused(f"the notebooks in it have more than {MAX_OWN_UNPACKED >> 20} MB")
    return None


def _refused(path: str, parts: tuple[str, ...], file: Path, why: str) -> Found:
    time = datetime.fromtimestamp(0, UTC)
    return Found(path, parts, file, "", time, functools.partial(read_file, file), refused=Refused(why))


def _is_notebook(low: str) -> bool:
    return low.endswith(".ipynb") or RENAMED.search(low) is not None


def _other_kind(low: str) -> NotANotebook:
    kind = PurePosixPath(low).suffix or "a file without an ending"
    return NotANotebook(f"{kind} is neither a notebook nor a zip, so nothing in it is graded: the .ipynb is needed")


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
