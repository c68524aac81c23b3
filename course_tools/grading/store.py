"""What was graded before, so that an interrupted run goes on, and only what has changed is graded again."""

import dataclasses
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from course_lib.util.files import write_text
from course_tools.grading import allowed_modules
from course_tools.grading.collect import Submission
from course_tools.grading.handout import Handout
from course_tools.grading.plain import from_plain
from course_tools.grading.results import SubmissionGrade
from course_tools.grading.rules import Rules

SEED = "seed.json"  # beside the grades: what an interrupted run was drawn from
SEED_BITS = 128  # what a report shows must not lead back to it, so nor to the inputs of the next


def kept_seed(folder: Path, seed: int | None) -> int:
    """The seed of this run; kept beside the grades, so that an interrupted run can go on."""
    file = folder / SEED
    if seed is None and file.is_file():
        seed = int(json.loads(file.read_text(encoding="utf-8"))["seed"])
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    write_text(file, json.dumps({"seed": seed}))
    return seed


class Store:
    """Grades by a digest of all that they depend on."""

    def __init__(self, folder: Path, handouts: Mapping[str, Handout], rules: Rules) -> None:
        self._folder = folder
        self._rules = rules
        self._versions = {topic: _version(handout) for topic, handout in handouts.items()}

    def find(self, submission: Submission) -> SubmissionGrade | None:
        """What was kept; None if there is nothing, or nothing that can be read."""
        try:
            plain = json.loads(self._file(submission).read_text(encoding="utf-8"))
            return from_plain(SubmissionGrade, plain)
        except Exception:  # cut off, of another version, or changed by hand: graded again
            return None

    def keep(self, submission: Submission, grade: SubmissionGrade) -> None:
        """Keep a grade, unless the grader failed: that is tried again."""
        if all(exercise.status != "not graded" for exercise in grade.exercises):
            write_text(self._file(submission), json.dumps(dataclasses.asdict(grade)))

    def _file(self, submission: Submission) -> Path:
        parts = (submission.student, submission.topic, submission.digest, self._versions[submission.topic])
        key = hashlib.sha256("\0".join((*parts, repr(self._rules))).encode(errors="replace")).hexdigest()
        return self._folder / f"{key}.json"


def _version(handout: Handout) -> str:
    """A digest of what was asked, of how it is checked, and of the code that grades."""
    digest = hashlib.sha256(repr(handout.notebook.cells).encode())
    digest.update(repr(handout.asked).encode())
    checks = allowed_modules.ROOT / "checks"
    own = [checks / f"{handout.topic.name}.py", *sorted((checks / handout.topic.name).rglob("*.py"))]
    for path in [*sorted((checks / "engine").rglob("*.py")), *own, *sorted(Path(__file__).parent.rglob("*.py"))]:
        if "outputs" not in path.parts:
            digest.update(path.read_bytes() if path.is_file() else b"")
    for exercise in handout.checks.values():
        digest.update(repr(sorted(allowed_modules.modules_for(handout, exercise).items())).encode())
    return digest.hexdigest()
