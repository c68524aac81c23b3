"""Finding submissions in a folder or an archive: one a student and lesson, and what was refused and why."""

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from course_lib.util.topics import TOPICS, Topic
from course_tools.grading.files import (
    Found,
    NotANotebook,
    Refused,
    in_archive,
    in_folder,
    open_archive,
    read_file,
    read_member,
)
from course_tools.grading.identity import Layout, Names, known_id, recognize
from course_tools.grading.results import Student

Keep = Literal["latest", "first"]


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
            with open_archive(self.file) as archive:
                data = read_member(archive, archive.getinfo(self.member))
        if digest_of(data) != self.digest:
            raise Refused("it changed while grading was going on")
        return data


@dataclass(frozen=True)
class Collected:
    """What is to be graded, what was refused and why, a sentence each, and as what the names were read."""

    submissions: tuple[Submission, ...]
    rejected: tuple[str, ...]
    layout: Layout = Layout.FOLDERS


def collect(
    source: Path,
    *,
    topics: Sequence[Topic] = TOPICS,
    roster: Sequence[Student] = (),
    keep: Keep = "latest",
    guess_topic: Callable[[bytes], str] = lambda data: "",
    layout: Layout | None = None,
) -> Collected:
    """All submissions in a folder or an archive: one a student and topic, the latest unless `keep` says the first.

    layout: what named the files, recognized if it is not given.
    guess_topic: says by its content what a notebook is about whose name does not tell.
    Raises FileNotFoundError if there is nothing at `source`.
    """
    if not source.exists():
        raise FileNotFoundError(f"there are no submissions at {source}")
    rejected: list[str] = []
    found: dict[tuple[str, str], list[tuple[datetime, Submission]]] = {}
    start = in_archive(source, "", (), None, rejected) if source.is_file() else in_folder(source, (), rejected)
    items = list(start)
    wrapper = _wrapper(items, topics, roster, archived=source.is_file())
    places = [(item.owner or item.parts)[1:] if wrapper else item.owner or item.parts for item in items]
    names = Names(layout or recognize(places, topics, roster), topics, roster)
    others: list[tuple[str, str]] = []  # whose a file is that is not a notebook, and what is said of it
    numbers: dict[tuple[str, str], set[str]] = {}  # that the course system gives people of one name in one lesson
    numbered: list[tuple[str, datetime, Submission]] = []
    for item, place in zip(items, places, strict=True):
        student = ""
        try:
            student, topic = names.student_and_topic(place)
            if item.owner is not None:
                topic = names.student_and_topic(item.parts)[1] or topic
            data = item.data()
            topic = topic or guess_topic(data)
        except NotANotebook as refusal:
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
            number, late = names.system_says(place)
            one = Submission(student, topic, item.path, item.file, item.member, when, digest_of(data), late=late)
            if number and not known_id(roster, student):
                numbers.setdefault((student, topic), set()).add(number)
            numbered.append((number, item.time, one))
    shared = {student for (student, _), given in numbers.items() if len(given) > 1}
    for number, time, one in numbered:
        student = f"{one.student} ({number})" if one.student in shared and number else one.student
        found.setdefault((student, one.topic), []).append((time, replace(one, student=student)))
    handed_in = {student for student, _ in found}
    rejected += [text for student, text in others if student not in handed_in]
    chosen = tuple(_choose(several, keep) for _, several in sorted(found.items()))
    return Collected(chosen, tuple(sorted(rejected)), names.layout)


def _wrapper(items: Sequence[Found], topics: Sequence[Topic], roster: Sequence[Student], *, archived: bool) -> bool:
    """Whether the one folder that all lie in is not a student but what the system or the instructor put around a class.

    So it is if all below it bear a system's names, or if it is the top of a class's archive and several lie below it.
    """
    places = [item.owner or item.parts for item in items]
    tops = {place[0] for place in places}
    if len(tops) != 1 or any(len(place) < 2 for place in places) or known_id(roster, *tops):
        return False
    below = [place[1:] for place in places]
    if recognize(below, topics, roster) is not Layout.FOLDERS:
        return recognize(places, topics, roster) is not Layout.MOODLE
    names = Names(Layout.FOLDERS, topics, roster)
    return archived and len({names.student_and_topic(place)[0] for place in below} - {""}) > 1


def digest_of(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _choose(several: list[tuple[datetime, Submission]], keep: Keep) -> Submission:
    ordered = [submission for _, submission in sorted(several, key=lambda pair: (pair[0], pair[1].path))]
    chosen = ordered[-1] if keep == "latest" else ordered[0]
    others = [other.path for other in ordered if other is not chosen]
    if not others:
        return chosen
    note = f"{len(ordered)} submissions; the {keep}, of {chosen.submitted_at}, is graded, not {', '.join(others)}"
    return replace(chosen, problems=(note,))
