"""Whose a file is and which lesson it is about, by the names that course systems give.

student/03_attention.ipynb                                      a plain folder, GitHub Classroom
student/03_attention/03_attention.ipynb                         nbgrader, whose timestamp.txt is read
03_attention-student.ipynb                                      a name in the file's name
Jane Doe_1234567_assignsubmission_file_/03_attention.ipynb      Moodle, with or without folders
doejane_LATE_12345_987654_03_attention-1.ipynb                  Canvas
student/work.zip                                                an archive of one student, anywhere above
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from course_lib.util.topics import Topic
from course_tools.grading.results import Student
from course_tools.grading.roster import find_student

MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)$")
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$")
RENAMED = re.compile(r"\.ipynb\.(json|txt)$", re.IGNORECASE)  # as browsers save a notebook
_COPY = re.compile(r"^copy[ _]of[ _]|[-_ ]copy ?\d*$|[-_ ]?\(\d+\)$|-\d+$", re.IGNORECASE)


def identify(parts: Sequence[str], topics: Sequence[Topic], roster: Sequence[Student] = ()) -> tuple[str, str]:
    """Whose a file is and which topic it is about, each "" if that cannot be told.

    parts: names of the folders, then of the file.
    """
    *folders, name = parts
    name = RENAMED.sub(".ipynb", name)
    stem = PurePosixPath(name).stem
    student = topic = ""
    for text in [stem, *reversed(folders)]:
        topic = topic or _topic_in(text, topics)[0]
    for folder in folders:  # the outermost that names somebody decides: what lies below it, a student can name
        if match := MOODLE.match(folder):
            student = known_id(roster, match["id"], match["name"]) or match["name"]
        elif not _is_topic(folder, topics):
            student = folder
        if student:
            break
    if student:
        return _clean(known_id(roster, student) or student), topic
    if match := MOODLE.match(stem) or CANVAS.match(stem):
        student = known_id(roster, match["id"], match["name"]) or match["name"]
    else:
        student = _topic_in(stem, topics)[1]
    return _clean(known_id(roster, student) or student), topic


def system_says(place: Sequence[str]) -> tuple[str, bool | None]:
    """The number that a course system gave whose file this is, and whether it says late; "" and None if it is silent.

    Only the outermost name counts: what lies within a folder, a student can name.
    """
    if match := MOODLE.match(place[0]):
        return match["id"], None
    if len(place) == 1 and (match := CANVAS.match(place[0])):
        return match["id"], "_LATE_" in place[0][: match.start("id")]
    return "", None


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


def known_id(roster: Sequence[Student], *keys: str) -> str:
    """The id on the roster that the first of these keys means; "" if none does."""
    for key in keys:
        if student := find_student(roster, key):
            return student.id
    return ""


def _clean(name: str) -> str:
    """A name without what is not seen or could be a path."""
    seen = "".join("_" if character in "/\\:" else character for character in unicodedata.normalize("NFC", name))
    return "".join(character for character in seen if character.isprintable()).strip(". ")[:100]
