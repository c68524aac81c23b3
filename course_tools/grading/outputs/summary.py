"""What the pages and grade books say about grades, said in one place."""

from course_lib.checks.engine.examine import Verdict
from course_lib.util.topics import find_topic
from course_tools.grading.outputs.tables import points
from course_tools.grading.results import AssignedExercise, ClassGrades, ExerciseGrade, Student, SubmissionGrade

LABELS = {
    "right": "right",
    "wrong": "not right",
    "not attempted": "not attempted",
    "missing": "missing",
    "flagged": "flagged",
    "not graded": "not graded",
    "manual": "marked by hand",
}
WAITING = "waits for its mark"


def label(exercise: ExerciseGrade) -> str:
    """The status in words."""
    return WAITING if exercise.status == "manual" and exercise.score is None else LABELS[exercise.status]


def stem(topic: str) -> str:
    """What an assignment is called: "03_attention"."""
    return find_topic(topic).stem


def heading(topic: str) -> str:
    """A topic as its lesson is headed: "03 · Attention from scratch"."""
    found = find_topic(topic)
    return f"{found.number:02d} · {found.title}"


def handed_in_topics(grades: ClassGrades) -> tuple[str, ...]:
    """The topics of which at least one notebook was handed in, in the order of the lessons."""
    topics = {submission.topic for submission in grades.submissions}
    return tuple(sorted(topics, key=lambda topic: find_topic(topic).number))


def points_of(grades: ClassGrades, topic: str) -> float:
    """The most that a topic can score."""
    return sum(exercise.points for exercise in grades.asked if exercise.topic == topic)


def submissions_of(grades: ClassGrades, student: Student) -> tuple[SubmissionGrade, ...]:
    """What a student handed in, in the order of the lessons."""
    found = (grades.find(student.id, topic) for topic in handed_in_topics(grades))
    return tuple(submission for submission in found if submission is not None)


def is_missing(grades: ClassGrades, student: Student, topic: str) -> bool:
    """Whether a student, who is not excused, handed in nothing of a topic: nothing that was refused either."""
    return (
        grades.find(student.id, topic) is None
        and not grades.refused_of(student.id, topic)
        and not grades.excused(student.id, topic)
    )


def missing_topics(grades: ClassGrades, student: Student) -> tuple[str, ...]:
    """The topics that others handed in and this student did not."""
    return tuple(topic for topic in handed_in_topics(grades) if is_missing(grades, student, topic))


def excused_topics(grades: ClassGrades, student: Student) -> tuple[str, ...]:
    """The topics that others handed in and this student need not."""
    return tuple(topic for topic in handed_in_topics(grades) if grades.excused(student.id, topic))


def late_of(submission: SubmissionGrade) -> str:
    """That it is late, and what that costs: "late", "late, −0.5 points"; "" if it is not."""
    if not submission.late:
        return ""
    return f"late, −{points(submission.penalty)}" if submission.penalty else "late"


def share(submission: SubmissionGrade) -> float | None:
    """Points over points that could be had, of what has its mark; None if nothing has."""
    possible = sum(exercise.max_score for exercise in submission.exercises if exercise.score is not None)
    return submission.score / possible if possible else None


def title_of(grades: ClassGrades, name: str) -> str:
    """What an exercise is headed."""
    asked = find_asked(grades, name)
    return title(asked) if asked else name


def title(asked: AssignedExercise) -> str:
    """What an exercise is headed, with a capital."""
    return asked.title[:1].upper() + asked.title[1:]


def find_asked(grades: ClassGrades, name: str) -> AssignedExercise | None:
    """The exercise as it was asked."""
    return next((exercise for exercise in grades.asked if exercise.name == name), None)


def _sign(verdict: Verdict) -> str:
    if not verdict.looked_at:
        return "·"
    return "✓" if verdict.holds else "✗"


def first_failure(exercise: ExerciseGrade) -> Verdict | None:
    """The first sentence that does not hold."""
    return next((verdict for verdict in exercise.verdicts if verdict.looked_at and not verdict.holds), None)


def in_words(exercise: ExerciseGrade) -> str:
    """What there is to say about one exercise, as plain text: for systems that show no more."""
    lines = [f"{exercise.name}: {label(exercise)}."]
    lines += [f"{_sign(verdict)} {verdict.statement}" for verdict in exercise.verdicts]
    failure = first_failure(exercise)
    if failure is not None and failure.detail:
        lines.append(failure.detail)
    if exercise.mistake is not None:
        lines.append(f"Likely mistake: {exercise.mistake.name}. {exercise.mistake.explanation}")
    if exercise.note:
        lines.append(f"Note: {exercise.note}")
    if exercise.status == "wrong":
        if exercise.review:
            lines.append(f"Read again: {exercise.review}.")
        if exercise.verdicts:
            lines.append(f"On the same inputs: {replay(exercise)}")
    return "\n".join(lines)


def replay(exercise: ExerciseGrade) -> str:
    """The call that draws the same inputs again."""
    return f"check({exercise.name}, seed={exercise.seed})"
