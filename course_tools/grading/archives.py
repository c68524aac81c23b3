"""Archives that students hand in, read member by member. Nothing is unpacked to disk, and no size is believed."""

import io
import os
import stat
import zipfile
from pathlib import Path
from types import TracebackType

from course_lib.util.notebook import MAX_BYTES

MAX_ARCHIVE = 1 << 30  # bytes of an archive, as it lies there


class Refused(ValueError):
    """A file that is not taken; the message says why."""


class NotANotebook(Refused):
    """A file of another kind: worth a word only if its owner handed in nothing else."""


class OpenArchives:
    """Archives that are read member by member: the last one, and the last within it, stay open.

    Opening one reads its whole directory, so that opening it for each member would take time by its square.
    """

    def __init__(self) -> None:
        self._open: dict[bool, tuple[tuple[Path, str], zipfile.ZipFile]] = {}

    def __enter__(self) -> "OpenArchives":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for _, archive in self._open.values():
            archive.close()
        self._open = {}

    def get(self, file: Path, within: str = "") -> zipfile.ZipFile:
        """The archive at `file`, or the one that is its member `within`. Raises Refused and what zipfile raises."""
        key = (file, within)
        kept = self._open.get(bool(within))
        if kept is not None and kept[0] == key:
            return kept[1]
        if within:
            outer = self.get(file)
            archive = zipfile.ZipFile(io.BytesIO(read_member(outer, outer.getinfo(within))))
        else:
            archive = open_archive(file)
        if kept is not None:
            kept[1].close()
        self._open[bool(within)] = (key, archive)
        return archive

    def read(self, file: Path, member: str, inner: str = "") -> bytes:
        """A member's bytes, or those of the member `inner` of that member. Raises Refused, zipfile's own, KeyError."""
        archive = self.get(file, member if inner else "")
        return read_member(archive, archive.getinfo(inner or member))


def open_archive(file: Path) -> zipfile.ZipFile:
    """An archive, if it is a regular file and not too large. Raises Refused."""
    status = os.lstat(file)
    if stat.S_ISLNK(status.st_mode) or not stat.S_ISREG(status.st_mode):
        raise Refused("it is not a regular file")
    if status.st_size > MAX_ARCHIVE:
        raise Refused(f"the archive has {status.st_size >> 20} MB, it may have {MAX_ARCHIVE >> 20}")
    return zipfile.ZipFile(file)


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
