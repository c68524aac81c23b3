"""What grading gives, as data that survives a round trip through JSON.

`ClassGrades` is all that the reports and grade books are made of: they need neither submissions nor exercises.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from course_lib.checks.engine.examine import Verdict
from course_lib.util.files import write_text
from course_tools.grading.due import Extension
from course_tools.grading.plain import from_plain

Status = Literal["right", "wrong", "not attempted", "missing", "flagged", "not graded", "manual"]
Kind = Literal["implement", "predict", "debug", "experiment", "explain"]
Isolation = Literal["bubblewrap", "none", "nothing ran"]

FORMAT = 4  # of the JSON; raised when what is written can no longer be read by older code


@dataclass(frozen=True)
class Mistake:
    """The misconception that an answer behaves like, in the words that the student's own check uses."""

    name: str
    explanation: str


@dataclass(frozen=True)
class AssignedExercise:
    """An exercise as it was handed out, whether or not anybody answered it. points: the most it can score."""

    name: str
    topic: str
    kind: Kind
    title: str
    points: float
    review: str = ""  # what to read again
    rubric: str = ""  # of an explain exercise: the model answer and what is marked, in Markdown
    question: str = ""  # of an explain exercise: what was asked, in Markdown


@dataclass(frozen=True)
class Student:
    """A line of the roster. id: what submissions are filed under. columns: the roster's own, such as Canvas' ID."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First and last name, or the id where neither is known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.id


@dataclass(frozen=True)
class ExerciseGrade:
    """One exercise of one submission.

    status: "right" and "wrong" speak for themselves; "not attempted" is the untouched stub, "missing" no function of
    that name; "flagged" an answer that calls what it should implement; "manual" waits for a person;
    "not graded" means that the grader failed, not the student.
    score: None if there is no mark yet ("manual", "not graded"); else 0 to max_score.
    verdicts: what holds and what does not.   review: what to read again.   note: why, for flags and failures.
    seed: draws the same inputs again, with `check(answer, seed=...)`.   answer_source: what the student wrote.
    ran: what was seen to run that the exercise asks to write, in sentences for the instructor; it changes no score.
    behaviour: of a wrong answer without a known mistake, the same for all of the class that do the same; else "".
    """

    name: str
    topic: str
    kind: Kind
    score: float | None
    max_score: float
    status: Status
    verdicts: tuple[Verdict, ...] = ()
    mistake: Mistake | None = None
    review: str = ""
    note: str = ""
    seed: int = 0
    answer_source: str = ""
    ran: tuple[str, ...] = ()
    behaviour: str = ""


@dataclass(frozen=True)
class SubmissionGrade:
    """One notebook of one student. path: relative to the folder of submissions; "!" marks a place inside an archive.

    digest: of the notebook's bytes.   submitted_at: ISO 8601, UTC.   late: after the due date, if there was one.
    dated_by: what says when it was handed in.   penalty: points that the late policy takes off.
    isolation: "none" if code ran without a sandbox.   problems: what was odd about the file, in sentences.
    """

    student: str
    topic: str
    path: str
    digest: str
    submitted_at: str
    exercises: tuple[ExerciseGrade, ...]
    isolation: Isolation
    problems: tuple[str, ...] = ()
    seconds: float = 0.0
    late: bool = False
    dated_by: str = ""
    penalty: float = 0.0

    @property
    def score(self) -> float:
        """Points so far, without what the late policy takes off."""
        return max(self.raw_score - self.penalty, 0.0)

    @property
    def raw_score(self) -> float:
        """Points so far: what waits for a person or could not be graded counts nothing yet."""
        return sum(exercise.score or 0.0 for exercise in self.exercises)

    @property
    def max_score(self) -> float:
        """Points that could be had."""
        return sum(exercise.max_score for exercise in self.exercises)

    @property
    def complete(self) -> bool:
        """True if every exercise has its mark."""
        return all(exercise.score is not None for exercise in self.exercises)


@dataclass(frozen=True)
class Refusal:
    """A file that was not graded, and why. student, topic: whose and of which lesson it is, "" if that is not known."""

    path: str
    why: str
    student: str = ""
    topic: str = ""

    @property
    def text(self) -> str:
        """What and why, as a sentence."""
        return f"{self.path}: {self.why}"


@dataclass(frozen=True)
class ClassGrades:
    """A whole run: every submission graded, who was expected, what was asked, and what could not be taken up.

    roster: empty if none was given.   rejected: files that were refused, with the reason.
    layout: as whose the names of the files were read, "folders", "moodle" or "canvas".
    options: what is in force, as it would be typed, and whether it was kept from an earlier run.
    remarks: sentences about times that are not those of the last run, and lines of tables that were not taken as they
        stand.
    """

    submissions: tuple[SubmissionGrade, ...]
    seed: int
    asked: tuple[AssignedExercise, ...] = ()
    roster: tuple[Student, ...] = ()
    rejected: tuple[Refusal, ...] = ()
    layout: str = "folders"
    options: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def students(self) -> tuple[Student, ...]:
        """The roster, then those who handed in without being on it, if only what was refused, by id."""
        known = {student.id for student in self.roster}
        handed_in = {submission.student for submission in self.submissions}
        refused = {refusal.student for refusal in self.rejected}
        others = sorted((handed_in | refused) - known - {""})
        return (*self.roster, *(Student(name) for name in others))

    def extension(self, student: str, topic: str) -> Extension | None:
        """What was granted to a student for a topic: what is said of the topic goes before what is said of all."""
        mine = [one for one in self.extensions if one.student == student and one.topic in (topic, "")]
        return max(mine, key=lambda one: one.topic, default=None)

    def excused(self, student: str, topic: str) -> bool:
        """Whether a student need not hand in a topic."""
        found = self.extension(student, topic)
        return found is not None and found.excused

    def name_of(self, student: str) -> str:
        """First and last name of a student, or the id."""
        return next((one.name for one in self.roster if one.id == student), student)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that were asked, in order."""
        return tuple(dict.fromkeys(exercise.topic for exercise in self.asked))

    @property
    def isolated(self) -> bool:
        """False if any submission ran without a sandbox."""
        return all(submission.isolation != "none" for submission in self.submissions)

    def find(self, student: str, topic: str) -> SubmissionGrade | None:
        """What a student handed in for a topic, if anything."""
        return next((s for s in self.submissions if (s.student, s.topic) == (student, topic)), None)

    def refused_of(self, student: str, topic: str = "") -> tuple[Refusal, ...]:
        """What of a student was refused; given a topic, only what is of it, or of none that is known."""
        mine = (refusal for refusal in self.rejected if refusal.student == student)
        return tuple(refusal for refusal in mine if not topic or refusal.topic in ("", topic))

    def to_json(self) -> str:
        """As text in ASCII; floats and all text come back unchanged, also half characters that no file can hold."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "ClassGrades":
        """What `to_json` wrote. Raises ValueError if the text is something else."""
        return from_plain(cls, _with_format(text))

    def write(self, path: Path) -> None:
        """Write to `path`, beside it first, so that no half of a file is ever seen."""
        write_text(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> "ClassGrades":
        """Read what `write` wrote. Raises ValueError if it is something else."""
        return cls.from_json(path.read_text(encoding="utf-8"))


def _with_format(text: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
        found = plain.pop("format")
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is not a file of grades: {error}") from error
    if found != FORMAT:
        raise ValueError(f"grades of format {found}, this version reads format {FORMAT}: grade again")
    return plain
