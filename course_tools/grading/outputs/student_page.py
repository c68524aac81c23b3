"""A student's report: what holds, what does not and by which mistake, what to read again, and how to see it again.

It is said in the language of `COURSE_LANGUAGE`; names, code and what Python says stay as they are.
"""

from course_lib.checks.engine.examine import Verdict
from course_lib.util.language import words
from course_lib.util.language.direction import in_digits_of
from course_lib.util.topics import find_topic
from course_tools.grading.outputs import summary
from course_tools.grading.outputs.page import (
    Html,
    cell,
    element,
    inline,
    joined,
    mixed,
    not_isolated,
    numeric,
    numeric_head,
    page,
    row_head,
    table,
    written_out,
)
from course_tools.grading.outputs.tables import number
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
REPORT = "report"  # where the catalogue has what is said here
SIGNS = {"right": "✓", "wrong": "✗", "flagged": "⚑", "failed": "!", "waiting": "…", "none": "○"}


def student_page(grades: ClassGrades, student: Student) -> str:
    """The report for one student, a whole HTML page. Nobody else is in it."""
    submissions = summary.submissions_of(grades, student)
    score = sum(s.score for s in submissions if not grades.excused(s.student, s.topic))
    possible = sum(s.max_score for s in submissions if not grades.excused(s.student, s.topic))
    parts = [element("h1", student.name)]
    refused = grades.refused_of(student.id)
    if possible:
        parts.append(element("p", _of_points(score, possible), _so_far(submissions), class_="big"))
    elif refused and not submissions:
        parts.append(element("p", tell("Nothing that was handed in could be graded."), class_="big"))
    if any(submission.isolation == "none" for submission in submissions):
        parts.append(not_isolated(tell))
    missing = summary.missing_topics(grades, student)
    if missing:
        parts.append(element("p", tell("Nothing was handed in for:"), " ", _headings(missing)))
    if excused := summary.excused_topics(grades, student):
        parts.append(element("p", tell("Excused:"), " ", _headings(excused)))
    if refused:
        parts += [element("h2", tell("Not graded")), _list(tuple(refusal.text for refusal in refused))]
    parts += [_submission(grades, submission) for submission in submissions]
    parts.append(_how_to_replay(submissions))
    return page(words(REPORT).tell(f"Report for {student.name}"), *parts, words=words(REPORT))


def tell(text: str, near: str = REPORT) -> Html:
    """A finished English text in the chosen language. near: the topic that it is about."""
    spoken = words(near)
    return mixed(spoken.tell(text), spoken.direction)


def _title(text: str, topic: str) -> str:
    """What something is headed, as far as it is translated: a heading has no mark."""
    return words(topic).known(text) or text


def _heading(topic: str) -> Html:
    found, spoken = find_topic(topic), words(topic)
    text = f"{in_digits_of(spoken.language, f'{found.number:02d}')} · {_title(found.title, topic)}"
    return mixed(text, spoken.direction)


def _headings(topics: tuple[str, ...]) -> Html:
    parts = [part for topic in topics for part in ("; ", _heading(topic))]
    return joined(parts[1:])


def _of_points(score: float, possible: float) -> Html:
    if possible == 1:
        return tell(f"{number(score)} of 1 point")
    return tell(f"{number(score)} of {number(possible)} points")


def status_of(exercise: ExerciseGrade) -> Html:
    """The status as a sign and in words: colour alone tells nothing to many."""
    tone = tone_of(exercise)
    return element("span", f"{SIGNS[tone]} ", tell(summary.label(exercise)), class_=f"status {tone}")


def tone_of(exercise: ExerciseGrade) -> str:
    """The class, and so the colour, of a status."""
    if exercise.status == "manual" and exercise.score is not None:
        return "right" if exercise.score == exercise.max_score else "wrong"
    return TONES[exercise.status]


def score_of(exercise: ExerciseGrade) -> str:
    """Points of points: "1.5 / 3"; a dash if there is no mark."""
    given = "–" if exercise.score is None else number(exercise.score)
    return f"{given} / {number(exercise.max_score)}"


def _so_far(submissions: tuple[SubmissionGrade, ...]) -> Html:
    waiting = sum(exercise.score is None for submission in submissions for exercise in submission.exercises)
    if not waiting:
        return Html()
    if waiting == 1:
        return joined([" ", tell("so far: 1 exercise has no mark yet")])
    return joined([" ", tell(f"so far: {waiting} exercises have no mark yet")])


def _submission(grades: ClassGrades, submission: SubmissionGrade) -> Html:
    late = element("strong", " · ", tell(summary.late_of(submission))) if submission.late else Html()
    rows = [
        (
            row_head(element("a", _title_of(grades, exercise), href=f"#{_anchor(exercise)}")),
            cell(tell(exercise.kind)),
            cell(status_of(exercise)),
            numeric(mixed(score_of(exercise), words(REPORT).direction)),
        )
        for exercise in submission.exercises
    ]
    caption = _of_points(submission.score, submission.max_score)
    headings = (tell("exercise"), tell("kind"), tell("result"), numeric_head(tell("points")))
    return element(
        "section",
        element("h2", _heading(submission.topic)),
        element("p", tell(f"{submission.path}, handed in {_when(submission)}"), late, class_="soft small"),
        _list(submission.problems),
        table(caption, headings, rows),
        *(_exercise(grades, exercise) for exercise in submission.exercises),
    )


def _exercise(grades: ClassGrades, exercise: ExerciseGrade) -> Html:
    spoken = words(exercise.topic)
    parts = [
        element("h3", _title_of(grades, exercise), " ", element("code", exercise.name)),
        element("p", status_of(exercise), " · ", tell(f"{score_of(exercise)} points")),
    ]
    verdicts = _verdicts(exercise)
    if exercise.status in ("right", "flagged") and exercise.verdicts:
        verdicts = element("details", element("summary", tell("What was checked")), verdicts)
    parts.append(verdicts)
    if exercise.mistake is not None:
        name = element("strong", tell("Likely mistake:"), " ", tell(exercise.mistake.name, exercise.topic), ".")
        explained = inline(spoken.tell(exercise.mistake.explanation), spoken.direction)
        parts.append(element("p", name, " ", explained, class_="mistake"))
    if exercise.note:
        parts.append(element("p", tell(exercise.note, exercise.topic), class_="prose"))
    if exercise.status in ("wrong", "not attempted", "missing") and exercise.review:
        parts.append(element("p", element("b", tell("Read again:"), " "), tell(exercise.review, exercise.topic)))
    if exercise.status == "wrong" and exercise.verdicts:
        parts.append(element("p", element("b", tell("See it again:"), " "), element("code", summary.replay(exercise))))
    if exercise.answer_source:
        prose = exercise.kind == "explain"
        shown = element("div" if prose else "pre", exercise.answer_source, class_="prose" if prose else "")
        parts.append(element("details", element("summary", tell("Your answer")), shown))
    return element("article", *parts, class_=f"card {tone_of(exercise)}", id=_anchor(exercise))


def _verdicts(exercise: ExerciseGrade) -> Html:
    """Each sentence with its sign, and the details of the first that does not hold."""
    failure = summary.first_failure(exercise)
    items = [_verdict(verdict, exercise.topic, explained=verdict is failure) for verdict in exercise.verdicts]
    return element("ul", *items, class_="verdicts") if items else Html()


def _verdict(verdict: Verdict, topic: str, explained: bool) -> Html:
    statement = tell(verdict.statement, topic)
    if not verdict.looked_at:
        return element("li", "· ", statement, ": ", tell("not looked at"))
    sign = element("span", "✓ " if verdict.holds else "✗ ", class_="yes" if verdict.holds else "no", aria_hidden="true")
    said = element("span", tell("does not hold:"), " ", class_="no") if not verdict.holds else Html()
    detail = _detail(verdict.detail, topic) if explained and verdict.detail else Html()
    return element("li", sign, said, statement, detail)


def _detail(text: str, topic: str) -> Html:
    spoken = words(topic)
    return written_out(spoken.tell(text), spoken.direction)


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
        element("h2", tell("If you disagree")),
        element(
            "p",
            tell(
                "Inputs were drawn for you from the seeds above. Open your notebook, run it from the top, and run the "
                "line with the seed in a new cell, such as"
            ),
            " ",
            element("code", summary.replay(wrong[0])),
            tell(
                ": it checks your function on the very same inputs and shows the first that fails. If it says that "
                "all is right there, show that to your instructor."
            ),
        ),
    )


def _list(sentences: tuple[str, ...]) -> Html:
    return element("ul", *(element("li", tell(sentence)) for sentence in sentences)) if sentences else Html()


def _title_of(grades: ClassGrades, exercise: ExerciseGrade) -> Html:
    title = _title(summary.title_of(grades, exercise.name), exercise.topic)
    return mixed(title, words(exercise.topic).direction)


def _anchor(exercise: ExerciseGrade) -> str:
    return f"{exercise.topic}-{exercise.name}"


def _when(submission: SubmissionGrade) -> str:
    time = submission.submitted_at.replace("T", " ").replace("+00:00", " UTC")
    return f"{time} ({submission.dated_by})" if submission.dated_by else time
