"""A student's report: what holds, what does not and by which mistake, what to read again, and how to see it again."""

from course_lib.checks.engine.examine import Verdict
from course_tools.grading.outputs import summary
from course_tools.grading.outputs.page import (
    Html,
    cell,
    element,
    inline,
    not_isolated,
    numeric,
    numeric_head,
    page,
    row_head,
    table,
)
from course_tools.grading.outputs.tables import number, points
from course_tools.grading.results import ClassGrades, ExerciseGrade, Student, SubmissionGrade

TONES = {
    "right": "right",
    "wrong": "wrong",
    "flagged": "flagged",
    "not graded": "failed",
    "manual": "waiting",
    "missing": "none",
    "not attempted": "none",
}
SIGNS = {"right": "✓", "wrong": "✗", "flagged": "⚑", "failed": "!", "waiting": "…", "none": "○"}


def student_page(grades: ClassGrades, student: Student) -> str:
    """The report for one student, a whole HTML page. Nobody else is in it."""
    submissions = summary.submissions_of(grades, student)
    score = sum(s.score for s in submissions if not grades.excused(s.student, s.topic))
    possible = sum(s.max_score for s in submissions if not grades.excused(s.student, s.topic))
    parts = [element("h1", student.name)]
    parts.append(element("p", f"{number(score)} of {points(possible)}", _so_far(submissions), class_="big"))
    if any(submission.isolation == "none" for submission in submissions):
        parts.append(not_isolated())
    missing = summary.missing_topics(grades, student)
    if missing:
        names = "; ".join(summary.heading(topic) for topic in missing)
        parts.append(element("p", f"Nothing was handed in for: {names}"))
    if excused := summary.excused_topics(grades, student):
        parts.append(element("p", f"Excused: {'; '.join(map(summary.heading, excused))}"))
    if refused := grades.refused_of(student.id):
        parts += [element("h2", "Not graded"), _list(tuple(refusal.text for refusal in refused))]
    parts += [_submission(grades, submission) for submission in submissions]
    parts.append(_how_to_replay(submissions))
    return page(f"Report for {student.name}", *parts)


def status_of(exercise: ExerciseGrade) -> Html:
    """The status as a sign and in words: colour alone tells nothing to many."""
    tone = tone_of(exercise)
    return element("span", f"{SIGNS[tone]} {summary.label(exercise)}", class_=f"status {tone}")


def tone_of(exercise: ExerciseGrade) -> str:
    """The class, and so the colour, of a status."""
    if exercise.status == "manual" and exercise.score is not None:
        return "right" if exercise.score == exercise.max_score else "wrong"
    return TONES[exercise.status]


def score_of(exercise: ExerciseGrade) -> str:
    """Points of points: "1.5 / 3"; a dash if there is no mark."""
    given = "–" if exercise.score is None else number(exercise.score)
    return f"{given} / {number(exercise.max_score)}"


def _so_far(submissions: tuple[SubmissionGrade, ...]) -> str:
    waiting = sum(exercise.score is None for submission in submissions for exercise in submission.exercises)
    if not waiting:
        return ""
    return f" so far: {waiting} {'exercise has' if waiting == 1 else 'exercises have'} no mark yet"


def _submission(grades: ClassGrades, submission: SubmissionGrade) -> Html:
    late = element("strong", f" · {summary.late_of(submission)}") if submission.late else Html()
    rows = [
        (
            row_head(element("a", summary.title_of(grades, exercise.name), href=f"#{_anchor(exercise)}")),
            cell(exercise.kind),
            cell(status_of(exercise)),
            numeric(score_of(exercise)),
        )
        for exercise in submission.exercises
    ]
    caption = f"{number(submission.score)} of {points(submission.max_score)}"
    headings = ("exercise", "kind", "result", numeric_head("points"))
    return element(
        "section",
        element("h2", summary.heading(submission.topic)),
        element("p", f"{submission.path}, handed in {_when(submission)}", late, class_="soft small"),
        _list(submission.problems),
        table(caption, headings, rows),
        *(_exercise(grades, exercise) for exercise in submission.exercises),
    )


def _exercise(grades: ClassGrades, exercise: ExerciseGrade) -> Html:
    parts = [
        element("h3", summary.title_of(grades, exercise.name), " ", element("code", exercise.name)),
        element("p", status_of(exercise), f" · {score_of(exercise)} points"),
    ]
    verdicts = _verdicts(exercise)
    if exercise.status in ("right", "flagged") and exercise.verdicts:
        verdicts = element("details", element("summary", "What was checked"), verdicts)
    parts.append(verdicts)
    if exercise.mistake is not None:
        name = element("strong", f"Likely mistake: {exercise.mistake.name}.")
        parts.append(element("p", name, " ", inline(exercise.mistake.explanation), class_="mistake"))
    if exercise.note:
        parts.append(element("p", exercise.note, class_="prose"))
    if exercise.status in ("wrong", "not attempted", "missing") and exercise.review:
        parts.append(element("p", element("b", "Read again: "), exercise.review))
    if exercise.status == "wrong" and exercise.verdicts:
        parts.append(element("p", element("b", "See it again: "), element("code", summary.replay(exercise))))
    if exercise.answer_source:
        prose = exercise.kind == "explain"
        shown = element("div" if prose else "pre", exercise.answer_source, class_="prose" if prose else "")
        parts.append(element("details", element("summary", "Your answer"), shown))
    return element("article", *parts, class_=f"card {tone_of(exercise)}", id=_anchor(exercise))


def _verdicts(exercise: ExerciseGrade) -> Html:
    """Each sentence with its sign, and the details of the first that does not hold."""
    failure = summary.first_failure(exercise)
    items = [_verdict(verdict, explained=verdict is failure) for verdict in exercise.verdicts]
    return element("ul", *items, class_="verdicts") if items else Html()


def _verdict(verdict: Verdict, explained: bool) -> Html:
    if not verdict.looked_at:
        return element("li", f"· {verdict.statement}: not looked at")
    sign = element("span", "✓ " if verdict.holds else "✗ ", class_="yes" if verdict.holds else "no", aria_hidden="true")
    said = element("span", "" if verdict.holds else "does not hold: ", class_="no") if not verdict.holds else Html()
    detail = element("pre", verdict.detail) if explained and verdict.detail else Html()
    return element("li", sign, said, verdict.statement, detail)


def _how_to_replay(submissions: tuple[SubmissionGrade, ...]) -> Html:
    wrong = [
        exercise
        for submission in submissions
        for exercise in submission.exercises
        if exercise.status == "wrong" and exercise.verdicts
    ]
    if not wrong:
        return Html()
    return element(
        "section",
        element("h2", "If you disagree"),
        element(
            "p",
            "Inputs were drawn for you from the seeds above. Open your notebook, run it from the top, and run the "
            "line with the seed in a new cell, such as ",
            element("code", summary.replay(wrong[0])),
            ": it checks your function on the very same inputs and shows the first that fails. If it says that all "
            "is right there, show that to your instructor.",
        ),
    )


def _list(sentences: tuple[str, ...]) -> Html:
    return element("ul", *(element("li", sentence) for sentence in sentences)) if sentences else Html()


def _anchor(exercise: ExerciseGrade) -> str:
    return f"{exercise.topic}-{exercise.name}"


def _when(submission: SubmissionGrade) -> str:
    time = submission.submitted_at.replace("T", " ").replace("+00:00", " UTC")
    return f"{time} ({submission.dated_by})" if submission.dated_by else time
