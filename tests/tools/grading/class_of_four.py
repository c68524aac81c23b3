"""Grades of a small class, made by hand: one who is right, one with a mistake, one who cheats, one who is absent."""

from course_lib.checks.engine.examine import Verdict
from course_tools.grading.results import (
    AssignedExercise,
    ClassGrades,
    ExerciseGrade,
    Mistake,
    Refusal,
    Student,
    SubmissionGrade,
)

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
TRANSPOSED = Mistake("transposed", "Row t must allow the keys 0 to t; use `tril`.")
ASKED = (
    AssignedExercise("causal_mask", "attention", "implement", "the causal mask", 1.0, "lesson 03, section 5"),
    AssignedExercise("softmax", "attention", "implement", "Softmax", 2.0, "lesson 03, section 8"),
    AssignedExercise(
        "explain_scaling", "attention", "explain", "Explain the root", 3.0, rubric="**Marks.** 1 point for √d.\n\nMore."
    ),
    AssignedExercise("gelu", "mlp", "implement", "GELU", 1.0, "lesson 05"),
)
ROSTER = (
    Student("ada", "Ada", "Lovelace", "ada@example.org"),
    Student("bob", "Bob", "=HYPERLINK(1)", "bob@example.org"),
    Student("cem", "Cem", EVIL, "cem@example.org"),
    Student("dan", "Dan", "Absent", "dan@example.org"),
)


def exercise(name, status, score, **more):
    asked = next(one for one in ASKED if one.name == name)
    review = more.pop("review", asked.review)
    return ExerciseGrade(name, asked.topic, asked.kind, score, asked.points, status, review=review, **more)


def right(name, points):
    verdicts = (Verdict("gives the right result on 4 inputs", True),)
    return exercise(name, "right", points, verdicts=verdicts, seed=11, answer_source=f"def {name}(x): ...")


def transposed(**more):
    verdicts = (
        Verdict("gives a mask", True),
        Verdict("gives the right result on 4 inputs", False, "T = 3: expected [[True]], got [[False]]"),
        Verdict("row t allows t + 1 keys", False, "not shown"),
    )
    given = {"mistake": TRANSPOSED, "seed": 4242, "answer_source": f"def causal_mask(T):\n    '{EVIL}'\n    return 1"}
    return exercise("causal_mask", "wrong", 0.0, verdicts=verdicts, **(given | more))


def prose(text):
    return exercise("explain_scaling", "manual", None, answer_source=text)


def submission(student, *exercises, **more):
    given = {"submitted_at": "2026-10-01T10:00:00+00:00", "isolation": "bubblewrap", "seconds": 0.25}
    return SubmissionGrade(
        student, "attention", f"{student}/03_attention.ipynb", "d" * 64, exercises=exercises, **(given | more)
    )


def class_of_four(**more):
    """Ada is right, her prose waits; Bob has mistakes, no prose; Cem is flagged, his text attacks; Dan is absent."""
    submissions = (
        submission("ada", right("causal_mask", 1.0), right("softmax", 2.0), prose("The variance grows with d.")),
        submission(
            "bob",
            transposed(),
            exercise("softmax", "not attempted", 0.0),
            exercise("explain_scaling", "missing", 0.0),
            late=True,
        ),
        submission(
            "cem",
            transposed(note=EVIL),
            exercise("softmax", "flagged", 0.0, note="cell 3, line 2: uses torch.softmax", answer_source=EVIL),
            prose(f"{EVIL} \ud800 \u202e"),
            problems=(f"two definitions of {EVIL}",),
        ),
    )
    given = {
        "submissions": submissions,
        "seed": 7,
        "asked": ASKED,
        "roster": ROSTER,
        "rejected": (Refusal(f"{EVIL}.zip", "a bomb"),),
    }
    return ClassGrades(**(given | more))
