"""Finding submissions in a folder or an archive: one a student and lesson, and what was refused and why."""

import functools
import hashlib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from course_lib.show.progress import bar
from course_lib.util.topics import TOPICS, Topic
from course_tools.grading.archives import NotANotebook, OpenArchives, Refused
from course_tools.grading.files import NBGRADER_DEPTH, Found, in_archive, in_folder, read_file
from course_tools.grading.identity import Layout, Names, known_id, recognize
from course_tools.grading.own_names import Claim, own_names
from course_tools.grading.results import Refusal, Student

Keep = Literal["latest", "first"]
MAX_NOTEBOOKS = 200  # of one student that are read
_When = tuple[datetime, datetime]  # the time of a submission; between those of one time, what its archive says


class DatedBy(StrEnum):
    """What says when something was handed in, in the words of the reports."""

    MOODLE = "by Moodle's worksheet"
    NBGRADER = "by nbgrader's time stamp"
    FILE = "by the time of the file, which proves nothing"


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
    inner: str = ""  # its name in an archive that is `member` of another
    dated_by: str = DatedBy.FILE

    def read(self, archives: OpenArchives) -> bytes:
        """The notebook. archives: stay open, so that a class's is opened once for all that lie in it.

        Raises Refused if it is no longer as it was found.
        """
        data = archives.read(self.file, self.member, self.inner) if self.member else read_file(self.file)
        if digest_of(data) != self.digest:
            raise Refused("it changed while grading was going on")
        return data


@dataclass(frozen=True)
class Collected:
    """What is to be graded, what was refused and why, a sentence each, and as what the names were read."""

    submissions: tuple[Submission, ...]
    rejected: tuple[Refusal, ...]
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
    with OpenArchives() as archives:
        if source.is_file():
            whole = Found("", (), source, "", datetime.fromtimestamp(0, UTC), functools.partial(read_file, source))
            found = in_archive(whole, archives)
        else:
            found = in_folder(source, (), archives)
        items = list(bar(found, description="Looking for notebooks", unit="file"))
        telling = [item for item in items if item.refused is None] or items  # what is refused says little of the rest
        wrapper = _wrapper(telling, topics, roster, archived=source.is_file())
        recognized = recognize([place for item in telling if (place := _place(item, wrapper))], topics, roster)
        names = Names(layout or recognized, topics, roster)
        sorted_out = _SortedOut(names, wrapper, _nbgrader_stamped(items), guess_topic)
        for item in bar(items, description="Collecting", unit="file"):
            sorted_out.take(item)
    by_student: dict[tuple[str, str], list[tuple[_When, Submission]]] = {}
    for when, one in sorted_out.with_own_names():
        by_student.setdefault((one.student, one.topic), []).append((when, one))
    chosen = tuple(_choose(several, keep) for _, several in sorted(by_student.items()))
    refused = (*sorted_out.refused, *_in_place_of_notebooks(sorted_out.others, set(by_student)))
    return Collected(chosen, tuple(sorted(refused, key=lambda refusal: (refusal.student, refusal.path))), names.layout)


@dataclass
class _SortedOut:
    """What was found, by what becomes of it."""

    names: Names
    wrapper: str
    stamped: bool  # whether nbgrader's time stamps are believed
    guess_topic: Callable[[bytes], str]
    submissions: list[tuple[Claim, _When, Submission]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    others: list[Refusal] = field(default_factory=list)  # files that are not notebooks
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)  # notebooks of each student and system's number

    def take(self, item: Found) -> None:
        """Find out whose it is, read it, and put it where it belongs."""
        student, topic, place = "", "", _place(item, self.wrapper)
        try:
            if place:
                student, topic = self.names.student_and_topic(place)
            if item.owner is not None and item.parts:
                topic = self.names.student_and_topic(item.parts)[1] or topic
            if item.refused is not None:
                raise item.refused
            if not student:
                raise Refused("neither folder nor file name says whose it is")
            self.counts[person := (student, self.names.system_says(place)[0])] += 1
            if self.counts[person] > MAX_NOTEBOOKS:
                raise Refused(f"it is one of more than {MAX_NOTEBOOKS} notebooks of one student")
            data = item.data()
        except NotANotebook as refusal:
            self.others.append(Refusal(item.path, str(refusal), student, topic))
            return
        except (Refused, OSError, zipfile.BadZipFile, NotImplementedError, ValueError, KeyError) as refusal:
            self.refused.append(Refusal(item.path, str(refusal), student, topic))
            return
        topic = topic or self.guess_topic(data)
        if not topic:
            why = "neither its name nor its content tells which lesson it is about"
            self.refused.append(Refusal(item.path, why, student))
        elif topic in {known.name for known in self.names.topics}:
            self._keep(item, place, student, topic, digest_of(data))

    def _keep(self, item: Found, place: Sequence[str], student: str, topic: str, digest: str) -> None:
        stamp = item.stamp if self.stamped else None
        time, dated_by = (stamp, DatedBy.NBGRADER) if stamp else (item.time, DatedBy.FILE)
        number, late = self.names.system_says(place)
        one = Submission(
            student,
            topic,
            item.path,
            item.file,
            item.member,
            time.astimezone(UTC).isoformat(timespec="seconds"),
            digest,
            late=late,
            inner=item.inner,
            dated_by=dated_by,
        )
        claim = Claim(student, topic, number, self.names.written(place))
        self.submissions.append((claim, (time, item.inner_time or time), one))

    def with_own_names(self) -> Iterator[tuple[_When, Submission]]:
        """The submissions, each under a name that is one student's alone."""
        names = own_names([claim for claim, _, _ in self.submissions], self.names.roster)
        for (_, when, one), student in zip(self.submissions, names, strict=True):
            yield when, replace(one, student=student)


def _place(item: Found, wrapper: str) -> tuple[str, ...]:
    """The names of the folders and the file that say whose it is, without the one folder around them all."""
    place = item.parts if item.owner is None else item.owner
    return place[1:] if wrapper and len(place) > 1 and place[0] == wrapper else place


def _nbgrader_stamped(items: Sequence[Found]) -> bool:
    """Whether most notebooks where nbgrader puts them have its time stamp: then it is not one student who made it."""
    there = [item for item in items if item.refused is None and not item.member and len(item.parts) == NBGRADER_DEPTH]
    return 2 * sum(item.stamp is not None for item in there) > len(there)


def _in_place_of_notebooks(others: Sequence[Refusal], handed_in: set[tuple[str, str]]) -> Iterator[Refusal]:
    """Files of other kinds, of those who handed in nothing else of that lesson: a line for each student."""
    students = {student for student, _ in handed_in}
    by_owner: dict[tuple[str, str], list[Refusal]] = {}
    for other in others:
        if other.student not in students or (other.topic and (other.student, other.topic) not in handed_in):
            by_owner.setdefault((other.student, other.topic), []).append(other)
    for several in by_owner.values():
        first, *more = several
        yield replace(
            first,
            why=f"{first.why} (and {len(more)} more {'file' if len(more) == 1 else 'files'})" if more else first.why,
        )


def _wrapper(items: Sequence[Found], topics: Sequence[Topic], roster: Sequence[Student], *, archived: bool) -> str:
    """The one folder that all lie in, if it is not a student but what the system or the instructor put around a class.

    So it is if all below it bear a system's names, or if it is the top of a class's archive and several lie below it.
    """
    places = [_place(item, "") for item in items]
    tops = {place[0] for place in places if place}
    if len(tops) != 1 or any(len(place) < 2 for place in places) or known_id(roster, *tops):
        return ""
    (top,) = tops
    below = [place[1:] for place in places]
    if recognize(below, topics, roster) is not Layout.FOLDERS:
        return top if recognize(places, topics, roster) is not Layout.MOODLE else ""
    names = Names(Layout.FOLDERS, topics, roster)
    students = {names.student_and_topic(place)[0] for place in below} - {""}
    return top if archived and len(students) > 1 else ""


def digest_of(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _choose(several: list[tuple[_When, Submission]], keep: Keep) -> Submission:
    ordered = [submission for _, submission in sorted(several, key=lambda pair: (pair[0], pair[1].path))]
    chosen = ordered[-1] if keep == "latest" else ordered[0]
    others = [other.path for other in ordered if other is not chosen]
    if not others:
        return chosen
    note = f"{len(ordered)} submissions; the {keep}, of {chosen.submitted_at}, is graded, not {', '.join(others)}"
    return replace(chosen, problems=(note,))
