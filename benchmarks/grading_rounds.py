"""Grades solutions, a round for each line that comes in, and says how many exercises they had.

A script for `grading_compared`, which also runs it within an older checkout: it uses no more than both know.
"""

import json
import sys
import time
from pathlib import Path

from course_lib.util.topics import TOPICS
from course_tools.grading.collect import Submission, digest_of
from course_tools.grading.rules import Rules
from course_tools.grading.spread import Settings, grade_one

SETTLED = 0.2  # seconds in which what was ended is gone


def submission(topic: str, notebook: dict, student: str) -> tuple[Submission, bytes]:
    """The notebook as one student's."""
    data = json.dumps({**notebook, "metadata": {"student": student}}).encode()
    return Submission(
        student, topic, f"{student}.ipynb", Path(), "", "2026-01-01T00:00:00+00:00", digest_of(data)
    ), data


def main() -> None:
    """Arguments: students a round, then the numbers of lessons."""
    root, students = Path.cwd(), int(sys.argv[1])
    topics = [topic for topic in TOPICS if topic.stem[:2] in sys.argv[2:]]
    notebooks = {t.name: json.loads((root / "solutions" / f"{t.stem}.ipynb").read_text("utf-8")) for t in topics}
    settings = Settings(str(root), tuple(notebooks), Rules(seed=0))
    for number, _ in enumerate(sys.stdin):
        exercises = 0
        for student in range(students):
            for topic, notebook in notebooks.items():
                grade = grade_one(settings, *submission(topic, notebook, f"{number}-{student}"))
                if any(exercise.status not in ("right", "manual") for exercise in grade.exercises):
                    raise ValueError(f"the solution of {topic} was not graded as right: nothing to measure")
                exercises += len(grade.exercises)
        time.sleep(SETTLED)
        print(exercises, flush=True)


if __name__ == "__main__":
    main()
