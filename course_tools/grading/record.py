"""Grades as they are put together: of an exercise before and after it was examined, of a submission, of a failure."""

import time
from collections.abc import Sequence
from dataclasses import replace

from course_lib.checks.engine.examine import RIGHT, WRONG, Examination, Verdict
from course_tools.grading.collect import Submission
from course_tools.grading.handout import Handout
from course_tools.grading.remote import RemoteSubject
from course_tools.grading.results import ExerciseGrade, Isolation, Mistake, SubmissionGrade
from course_tools.grading.rules import Rules, draw_seed

MAX_DETAIL = 10_000  # characters of what is told of one statement: some tell all that an answer returned


def blank_grades(handout: Handout, rules: Rules, submission: Submission) -> list[ExerciseGrade]:
    """A grade for each exercise that was asked, as if its answer were missing."""
    return [
        ExerciseGrade(
            asked.name,
            asked.topic,
            asked.kind,
            0.0,
            asked.points,
            "missing",
            review=asked.review,
            seed=draw_seed(rules.seed, asked.name, submission.student, submission.digest),
        )
        for asked in handout.asked
    ]


def not_graded(blank: ExerciseGrade, why: str) -> ExerciseGrade:
    """An exercise at which the grader failed: no mark, and the cause."""
    return replace(blank, status="not graded", score=None, note=f"not graded: {why}")


def flagged(graded: ExerciseGrade, flags: Sequence[str], rules: Rules) -> ExerciseGrade:
    """The grade of an answer that a person should look at, and why: no mark for a right one, unless rules accept it."""
    if not flags:
        return graded
    note = "; ".join(part for part in (graded.note, *flags) if part)
    if graded.status != "right" or rules.accept_flagged:
        return replace(graded, note=note)
    return replace(graded, status="flagged", score=0.0, note=note)


def submission_grade(
    submission: Submission,
    exercises: list[ExerciseGrade],
    isolation: Isolation,
    problems: tuple[str, ...],
    start: float,
) -> SubmissionGrade:
    """The grade of a whole notebook. start: when grading it began, of the clock that only goes forward."""
    return SubmissionGrade(
        student=submission.student,
        topic=submission.topic,
        path=submission.path,
        digest=submission.digest,
        submitted_at=submission.submitted_at,
        exercises=tuple(exercises),
        isolation=isolation,
        problems=problems,
        seconds=round(time.monotonic() - start, 3),
    )


def graded_by(examination: Examination, subject: RemoteSubject, blank: ExerciseGrade) -> ExerciseGrade:
    """Points are given for nothing but an examination in which there was something to hold, and all of it did."""
    right = examination.status == RIGHT and bool(examination.verdicts)
    right = right and all(verdict.holds for verdict in examination.verdicts)
    mistake = examination.mistake
    notes = [blank.note]
    if not right:
        notes += [f"when your cells ran: {error}" for error in subject.errors if error]
        notes += [f"your code printed:\n{subject.printed}"] if subject.printed else []
    return replace(
        blank,
        status="right" if right else "wrong" if examination.status in (RIGHT, WRONG) else "not attempted",
        score=blank.max_score if right else 0.0,
        verdicts=tuple(map(_in_short, examination.verdicts)),
        mistake=Mistake(mistake.name, mistake.explanation) if mistake and not right else None,
        note="; ".join(note for note in notes if note),
    )


def _in_short(verdict: Verdict) -> Verdict:
    detail = verdict.detail
    return verdict if len(detail) <= MAX_DETAIL else replace(verdict, detail=f"{detail[:MAX_DETAIL]} … (cut off)")


def cause_of(error: BaseException) -> str:
    """An error in a line, which also one that cannot be shown has."""
    try:
        return f"{type(error).__name__}: {error}"[:300]
    except Exception:
        return type(error).__name__
