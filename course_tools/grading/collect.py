"""Finding submissions in a folder or an archive, under the names that course systems give them. Nothing is written.

student/03_attention.ipynb                                      a plain folder, GitHub Classroom
student/03_attention/03_attention.ipynb                         nbgrader, whose timestamp.txt is read
03_attention-student.ipynb                                      a name in the file's name
Jane Doe_1234567_assignsubmission_file_/03_attention.ipynb      Moodle, with or without folders
doejane_LATE_12345_987654_03_attention-1.ipynb                  Canvas
student/work.zip                                                an archive of one student, anywhere above
"""

import functools
import hashlib
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from course_lib.util.notebook import MAX_BYTES
from course_lib.util.topics import TOPICS, Topic
from course_tools.grading.results import Student
from course_tools.grading.roster import find_student

Keep = Literal["latest", "first"]

MAX_ARCHIVE = 1 << 30  # bytes of an archive, as it lies there
MAX_MEMBERS = 20_000  # files in an archive
MAX_UNPACKED = 1 << 30  # bytes read out of one archive
MAX_DEPTH = 12  # folders within folders
IGNORED = (".ipynb_checkpoints", "__MACOSX", ".git", ".venv", "node_modules", "__pycache__")
TIMESTAMP = "timestamp.txt"  # nbgrader's, beside the notebook

_MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)$")
_CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$")
_RENAMED = re.compile(r"\.ipynb\.(json|txt)$", re.IGNORECASE)  # as browsers save a notebook
_NOT_TAKEN = (".json", ".txt", ".pdf", ".py", ".html", ".docx", ".rar", ".7z", ".tar", ".gz", ".tgz", ".xz", ".bz2")
_COPY = re.compile(r"^copy[ _]of[ _]|[-_ ]copy ?\d*$|[-_ ]?\(\d+\)$|-\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """A notebook handed in. topic: "" if neither name nor content tells.   member: its name in an archive, or "".

    path: relative to what was collected; "!" comes before the name in an archive.
    """

    student: str
    topic: str
    path: str
    file: Path
    member: str
    submitted_at: str
    digest: str
    problems: tuple[str, ...] = ()
    late: bool | None = None  # what the course system says; None: it says nothing, so the time decides

    def read(self) -> bytes:
        """The notebook. Raises Refused if it is no longer as it was found."""
        if not self.member:
            data = read_file(self.file)
        else:
            with _open_archive(self.file) as archive:
                data = _read_member(archive, archive.getinfo(self.member))
        if digest_of(data) != self.digest:
            raise Refused("it changed while grading was going on")
        return data


@dataclass(frozen=True)
class Collected:
    """What is to be graded, and what was refused and why, a sentence each."""

    submissions: tuple[Submission, ...]
    rejected: tuple[str, ...]


class Refused(ValueError):
    """A file that is not taken; the message says why."""


class _NoNotebook(Refused):
    """A file of another kind: worth a word only if its owner handed in nothing else."""


@dataclass(frozen=True)
class _Found:
    """A file that may be a submission. parts: folders and name; owner: whose archive it lies in, or None."""

    path: str
    parts: tuple[str, ...]
    file: Path
    member: str
    time: datetime
    data: Callable[[], bytes]
    owner: tuple[str, ...] | None = None


def collect(
    source: Path,
    *,
    topics: Sequence[Topic] = TOPICS,
    roster: Sequence[Student] = (),
    keep: Keep = "latest",
    guess_topic: Callable[[bytes], str] = lambda data: "",
) -> Collected:
    """All submissions in a folder or an archive: one a student and topic, the latest unless `keep` says the first.

    guess_topic: says by its content what a notebook is about whose name does not tell.
    Raises FileNotFoundError if there is nothing at `source`.
    """
    if not source.exists():
        raise FileNotFoundError(f"there are no submissions at {source}")
    rejected: list[str] = []
    found: dict[tuple[str, str], list[tuple[datetime, Submission]]] = {}
    start = _in_archive(source, "", (), None, rejected) if source.is_file() else _in_folder(source, (), rejected)
    items = list(start)
    wrapper = _wrapper(items, topics, roster, archived=source.is_file())
    others: list[tuple[str, str]] = []  # whose a file is that is no notebook, and what is said of it
    numbers: dict[tuple[str, str], set[str]] = {}  # that the course system gives people of one name in one lesson
    numbered: list[tuple[str, datetime, Submission]] = []
    for item in items:
        student = ""
        try:
            place = (item.owner or item.parts)[1:] if wrapper else item.owner or item.parts
            student, topic = identify(place, topics, roster)
            if item.owner is not None:
                topic = identify(item.parts, topics, roster)[1] or topic
            data = item.data()
            topic = topic or guess_topic(data)
        except _NoNotebook as refusal:
            others.append((student, f"{item.path}: {refusal}"))
            continue
        except (Refused, OSError, zipfile.BadZipFile) as refusal:
            rejected.append(f"{item.path}: {refusal}")
            continue
        if not topic:
            rejected.append(f"{item.path}: neither its name nor its content tells which lesson it is about")
        elif not student:
            rejected.append(f"{item.path}: neither folder nor file name says whose it is")
        elif topic in {known.name for known in topics}:
            when = item.time.astimezone(UTC).isoformat(timespec="seconds")
            number, late = _system_says(place)
            one = Submission(student, topic, item.path, item.file, item.member, when, digest_of(data), late=late)
            if number and not _known(roster, student):
                numbers.setdefault((student, topic), set()).add(number)
            numbered.append((number, item.time, one))
    shared = {student for (student, _), given in numbers.items() if len(given) > 1}
    for number, time, one in numbered:
        student = f"{one.student} ({number})" if one.student in shared and number else one.student
        found.setdefault((student, one.topic), []).append((time, replace(one, student=student)))
    handed_in = {student for student, _ in found}
    rejected += [text for student, text in others if student not in handed_in]
    return Collected(tuple(_choose(several, keep) for _, several in sorted(found.items())), tuple(sorted(rejected)))


def _wrapper(items: Sequence[_Found], topics: Sequence[Topic], roster: Sequence[Student], *, archived: bool) -> bool:
    """Whether the one folder that all lie in is no student, but what the system or the instructor put around a class.

    So it is if all below it bear a system's names, or if it is the top of a class's archive and several lie below it.
    """
    places = [item.owner or item.parts for item in items]
    tops = {place[0] for place in places}
    if len(tops) != 1 or any(len(place) < 2 for place in places) or _known(roster, *tops):
        return False
    below = [place[1:] for place in places]
    if all(_MOODLE.match(place[0]) or _CANVAS.match(place[0]) for place in below):
        return not any(_MOODLE.match(top) for top in tops)
    return archived and len({identify(place, topics, roster)[0] for place in below} - {""}) > 1


def digest_of(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def identify(parts: Sequence[str], topics: Sequence[Topic], roster: Sequence[Student] = ()) -> tuple[str, str]:
    """Whose a file is and which topic it is about, each "" if that cannot be told.

    parts: names of the folders, then of the file.
    """
    *folders, name = parts
    name = _RENAMED.sub(".ipynb", name)
    stem = PurePosixPath(name).stem
    student = topic = ""
    for text in [stem, *reversed(folders)]:
        topic = topic or _topic_in(text, topics)[0]
    for folder in folders:  # the outermost that names somebody decides: what lies below it, a student can name
        if match := _MOODLE.match(folder):
            student = _known(roster, match["id"], match["name"]) or match["name"]
        elif not _is_topic(folder, topics):
            student = folder
        if student:
            break
    if student:
        return _clean(_known(roster, student) or student), topic
    if match := _MOODLE.match(stem) or _CANVAS.match(stem):
        student = _known(roster, match["id"], match["name"]) or match["name"]
    else:
        student = _topic_in(stem, topics)[1]
    return _clean(_known(roster, student) or student), topic


def _system_says(place: Sequence[str]) -> tuple[str, bool | None]:
    """The number that a course system gave whose file this is, and whether it says late; "" and None if it is silent.

    Only the outermost name counts: what lies within a folder, a student can name.
    """
    if match := _MOODLE.match(place[0]):
        return match["id"], None
    if len(place) == 1 and (match := _CANVAS.match(place[0])):
        return match["id"], "_LATE_" in place[0][: match.start("id")]
    return "", None


def _refuse_kind(name: str) -> bytes:
    kind = PurePosixPath(name).suffix.lower()
    raise _NoNotebook(f"{kind} is no notebook and no zip, so nothing in it is graded: ask for the .ipynb")


def read_file(path: Path) -> bytes:
    """A regular file's bytes. Raises Refused for links, for what is no file, and for what is too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Refused("it is a symbolic link, or cannot be opened") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("it is no regular file")
        if status.st_nlink > 1:
            raise Refused("it is a hard link: the same file has another name, perhaps in a neighbour's folder")
        if status.st_size > MAX_BYTES:
            raise Refused(f"it has {status.st_size >> 20} MB, a notebook may have {MAX_BYTES >> 20}")
        return file.read(MAX_BYTES + 1)


def _in_folder(folder: Path, parts: tuple[str, ...], rejected: list[str]) -> Iterator[_Found]:
    if len(parts) > MAX_DEPTH:
        rejected.append(f"{'/'.join(parts)}: folders are nested too deeply")
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        here = (*parts, entry.name)
        path, file = "/".join(here), Path(entry.path)
        low = entry.name.lower()
        notebook = low.endswith(".ipynb") or _RENAMED.search(low) is not None
        wanted = notebook or (low.endswith((".zip", *_NOT_TAKEN)) and low != TIMESTAMP)
        if entry.name in IGNORED or entry.name.startswith("._"):
            continue
        if entry.is_symlink():
            rejected.append(f"{path}: it is a symbolic link")
        elif entry.is_dir(follow_symlinks=False):
            yield from _in_folder(file, here, rejected)
        elif not wanted:
            continue
        elif not entry.is_file(follow_symlinks=False):
            rejected.append(f"{path}: it is no regular file")
        elif entry.name.lower().endswith(".zip"):
            yield from _in_archive(file, path, here, here, rejected)
        else:
            time = _timestamp(file) or datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            read = functools.partial(read_file, file) if notebook else functools.partial(_refuse_kind, low)
            yield _Found(path, here, file, "", time, read)


def _in_archive(
    file: Path, path: str, parts: tuple[str, ...], owner: tuple[str, ...] | None, rejected: list[str]
) -> Iterator[_Found]:
    """The notebooks in an archive: nothing is unpacked to disk, and no more is read than may be."""
    try:
        with _open_archive(file) as archive:
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
        notebook = inside.suffix.lower() == ".ipynb" or _RENAMED.search(inside.name) is not None
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
            yield _Found(name, inside.parts, file, member.filename, _member_time(member), read, owner)


def _open_archive(file: Path) -> zipfile.ZipFile:
    status = os.lstat(file)
    if stat.S_ISLNK(status.st_mode) or not stat.S_ISREG(status.st_mode):
        raise Refused("it is no regular file")
    if status.st_size > MAX_ARCHIVE:
        raise Refused(f"the archive has {status.st_size >> 20} MB, it may have {MAX_ARCHIVE >> 20}")
    return zipfile.ZipFile(file)


def _from_archive(file: Path, member: zipfile.ZipInfo) -> bytes:
    with _open_archive(file) as archive:
        return _read_member(archive, member)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
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


def _topic_in(text: str, topics: Iterable[Topic]) -> tuple[str, str]:
    """The topic that a name mentions, and what else it says: "03_attention-jane" gives attention and jane."""
    while (shorter := _COPY.sub("", text)) != text:
        text = shorter
    for topic in topics:
        match = re.search(rf"(?:^|(?<=[^a-z0-9])){topic.stem}(?![a-z0-9])", text, re.IGNORECASE)
        if match:
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return topic.name, rest.strip(" -_.+@,")
    return "", ""


def _is_topic(text: str, topics: Iterable[Topic]) -> bool:
    return any(text.lower() in (topic.stem, topic.name, str(topic.number)) for topic in topics)


def _known(roster: Sequence[Student], *keys: str) -> str:
    for key in keys:
        if student := find_student(roster, key):
            return student.id
    return ""


def _clean(name: str) -> str:
    """A name without what is not seen or could be a path."""
    seen = "".join("_" if character in "/\\:" else character for character in unicodedata.normalize("NFC", name))
    return "".join(character for character in seen if character.isprintable()).strip(". ")[:100]


def _choose(several: list[tuple[datetime, Submission]], keep: Keep) -> Submission:
    ordered = [submission for _, submission in sorted(several, key=lambda pair: (pair[0], pair[1].path))]
    chosen = ordered[-1] if keep == "latest" else ordered[0]
    others = [other.path for other in ordered if other is not chosen]
    if not others:
        return chosen
    note = f"{len(ordered)} submissions; the {keep}, of {chosen.submitted_at}, is graded, not {', '.join(others)}"
    return replace(chosen, problems=(note,))
