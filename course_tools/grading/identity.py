"""Whose a file is and which lesson it is about, by the names that course systems give.

student/03_attention.ipynb                                      a plain folder, GitHub Classroom
student/03_attention/03_attention.ipynb                         nbgrader, whose timestamp.txt is read
03_attention-student.ipynb                                      a name in the file's name
Jane Doe_1234567_assignsubmission_file_/03_attention.ipynb      Moodle, with or without folders
doejane_LATE_12345_987654_03_attention-1.ipynb                  Canvas
student/work.zip                                                an archive of one student, anywhere above
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from course_lib.util.topics import Topic
from course_tools.grading.naming import find_student, students_of_name
from course_tools.grading.results import Student

MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)$")
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$")
RENAMED = re.compile(r"\.ipynb\.(json|txt)$", re.IGNORECASE)  # as browsers save a notebook
LONGEST_NAME = 100  # characters of a student's name
_COPY = re.compile(r"^copy[ _]of[ _]|[-_ ]copy ?\d*$|[-_ ]?\(\d+\)$|-\d+$", re.IGNORECASE)


class Layout(StrEnum):
    """What named the files of a collection: a course system, or whoever put the folders there."""

    FOLDERS = "folders"
    MOODLE = "moodle"
    CANVAS = "canvas"


@dataclass(frozen=True)
class Names:
    """How the names of one collection are read: the same way for each, so that no student's name decides it."""

    layout: Layout
    topics: Sequence[Topic]
    roster: Sequence[Student] = ()

    def student_and_topic(self, place: Sequence[str]) -> tuple[str, str]:
        """Whose a file is and which topic it is about, each "" if that cannot be told.

        place: names of the folders, then of the file. The outermost that names somebody decides: what lies below it,
        a student can name.
        """
        texts = [_stem(place), *reversed(place[:-1])]
        topic = next((found for text in texts if (found := _topic_in(text, self.topics)[0])), "")
        outer = self._without_lessons(place)
        if match := self._system_name(outer):
            return self._called_by_system(match["id"], match["name"]), topic
        student = self.written(place)
        return known_id(self.roster, student) or clean_name(student), topic

    def written(self, place: Sequence[str]) -> str:
        """The name that stands there, as it stands, if it is none of a system's; "" if there is none."""
        outer = self._without_lessons(place)
        if self._system_name(outer):
            return ""
        if len(outer) > 1:  # a folder, which the instructor made
            return outer[0]
        return _topic_in(_stem(place), self.topics)[1] if self.layout is Layout.FOLDERS else ""

    def system_says(self, place: Sequence[str]) -> tuple[str, bool | None]:
        """The number that the system gave whose file this is, and whether it says late; "" and None if it is silent."""
        outer = self._without_lessons(place)
        match = self._system_name(outer)
        if not match:
            return "", None
        return match["id"], "_LATE_" in outer[0][: match.start("id")] if self.layout is Layout.CANVAS else None

    def _called_by_system(self, number: str, name: str) -> str:
        """The id of whom a system names; if roster, number and name do not agree on anybody, a name of its own.

        People choose their names, so a name may be another's id, or another's name; and a number of the roster's that
        the system knows nothing of may be that of somebody else in the system.
        """
        by_number = known_id(self.roster, number)
        bearers = students_of_name(self.roster, name)
        by_name = bearers[0].id if len(bearers) == 1 else "" if bearers else known_id(self.roster, name)
        if not by_number or not by_name or by_number == by_name:
            if found := by_number or by_name:
                return found
            if all(clean_name(name) != one.id for one in self.roster):
                return clean_name(name)
        return f"{clean_name(name)} ({number})"

    def _system_name(self, outer: Sequence[str]) -> re.Match[str] | None:
        """What the system wrote into the outermost name, if this collection is its and the name is."""
        pattern = _PATTERNS.get(self.layout)
        return pattern.match(outer[0]) if pattern else None

    def _without_lessons(self, place: Sequence[str]) -> Sequence[str]:
        """A place without the folders around it that are named after lessons: the instructor made them.

        But students called `7` or `data` exist: they are on the roster, or nothing else says whose the file is, or the
        file is of another lesson.
        """
        while len(place) > 1:
            folder, rest = place[0], place[1:]
            lesson = next((topic for topic in self.topics if _means(folder, topic)), None)
            if lesson is None or known_id(self.roster, folder):
                break
            if folder.lower() != lesson.stem:
                mentioned, others = _topic_in(PurePosixPath(rest[-1]).stem, self.topics)
                if mentioned not in ("", lesson.name) or (len(rest) == 1 and not others):
                    break
            place = rest
        return place


def recognize(places: Iterable[Sequence[str]], topics: Sequence[Topic], roster: Sequence[Student] = ()) -> Layout:
    """What named the files of a collection: the system whose names most of them bear, else whoever made the folders.

    Most, so that no single student's name decides how all are read.
    """
    names = Names(Layout.FOLDERS, topics, roster)
    outer = {names._without_lessons(place)[0] for place in places}
    for layout, pattern in _PATTERNS.items():
        if 2 * sum(pattern.match(name) is not None for name in outer) > len(outer):
            return layout
    return Layout.FOLDERS


_PATTERNS = {Layout.MOODLE: MOODLE, Layout.CANVAS: CANVAS}


def _stem(place: Sequence[str]) -> str:
    return PurePosixPath(RENAMED.sub(".ipynb", place[-1])).stem


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


def _means(folder: str, topic: Topic) -> bool:
    return folder.lower() in (topic.stem, topic.name, str(topic.number), f"{topic.number:02d}")


def known_id(roster: Sequence[Student], *keys: str) -> str:
    """The id on the roster that the first of these keys means; "" if none does."""
    for key in keys:
        if student := find_student(roster, key):
            return student.id
    return ""


def clean_name(name: str) -> str:
    """A name without what is not seen or could be a path; names that would become the same by that stay apart."""
    seen = "".join("_" if character in "/\\:" else character for character in unicodedata.normalize("NFC", name))
    clean = "".join(character for character in seen if character.isprintable()).strip(". ")
    if clean == seen.strip(". ") and len(clean) <= LONGEST_NAME:
        return clean
    return f"{clean[: LONGEST_NAME - 9]}~{mark_of(name)}"


def mark_of(name: str) -> str:
    """Eight digits that tell names apart."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
