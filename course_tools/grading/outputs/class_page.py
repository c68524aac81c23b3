"""The report for the instructor: how scores are spread, and how many made which mistake in which exercise."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from course_tools.grading.outputs import summary
from course_tools.grading.outputs.class_look_at import to_look_at
from course_tools.grading.outputs.class_mistakes import Answers, mistakes
from course_tools.grading.outputs.links import link
from course_tools.grading.outputs.page import (
    Cell,
    Html,
    bar,
    cell,
    count,
    element,
    joined,
    no_head,
    not_isolated,
    numeric,
    numeric_head,
    page,
    row_head,
    table,
)
from course_tools.grading.outputs.student_page import SIGNS, tone_of
from course_tools.grading.outputs.tables import number
from course_tools.grading.outputs.text import counted
from course_tools.grading.results import AssignedExercise, ClassGrades, ExerciseGrade, Student, SubmissionGrade

SHOWN_REFUSALS = 3  # in the row of a student; all of them stand in the table of refused files
BINS = 10  # of the distribution, each a tenth of the points
TONES = {  # in the order in which bars and their key show them
    "right": "full marks",
    "wrong": "not right",
    "flagged": "flagged",
    "none": "not attempted or missing",
    "waiting": "waits for a mark",
    "failed": "not graded",
}
LAYOUTS = {  # how the files were named, and how to say that it was otherwise
    "folders": "Whose a file is was read from the outermost folder, or from its name (--layout folders).",
    "moodle": "Whose a file is was read from the names that Moodle gives (--layout moodle).",
    "canvas": "Whose a file is was read from the names that Canvas gives (--layout canvas).",
}


def class_page(grades: ClassGrades, links: Mapping[str, str]) -> str:
    """The report for a class, a whole HTML page. links: each student's page, relative to this one, by id."""
    topics = summary.handed_in_topics(grades)
    answers = _by_exercise(grades)
    asked = [exercise for exercise in grades.asked if exercise.topic in topics]
    parts = [
        element("h1", "The class"),
        element("p", f"Seed {grades.seed}. Shares are of the points that have been marked.", class_="soft"),
        element("p", LAYOUTS[grades.layout], class_="soft"),
        _options(grades),
        Html() if grades.isolated else not_isolated(),
        _facts(grades),
        element("section", element("h2", "How scores are spread"), _distributions(grades, topics)),
        element("section", element("h2", "Exercises"), _key(), *(_exercises(asked, answers, t) for t in topics)),
        element(
            "section",
            element("h2", "Mistakes"),
            element(
                "p",
                "For each exercise how many made which mistake; first the exercises with most answers that are not "
                "right. A mistake is named if an answer behaves like it on all inputs.",
                class_="soft",
            ),
            *mistakes(asked, answers, links),
        ),
        to_look_at(grades, links),
        _students(grades, topics, links),
    ]
    return page("The class", *parts)


def _options(grades: ClassGrades) -> Html:
    if not grades.options:
        return Html()
    said = f"In force: {'; '.join(grades.options)}. Give another to change one, --forget NAME to end it."
    return joined([element("p", said, class_="soft"), _extensions(grades)])


def _extensions(grades: ClassGrades) -> Html:
    rows = [
        (
            row_head(one.student),
            cell(summary.heading(one.topic) if one.topic else "all lessons"),
            cell("excused" if one.excused else f"due {one.due}"),
        )
        for one in grades.extensions
    ]
    if not rows:
        return Html()
    made = table("Instead of the date of the class", ("student", "lesson", "what"), rows)
    return element("details", element("summary", f"Extensions and excuses: {len(rows)}"), made)


def _by_exercise(grades: ClassGrades) -> dict[tuple[str, str], Answers]:
    found: dict[tuple[str, str], list[tuple[SubmissionGrade, ExerciseGrade]]] = defaultdict(list)
    for submission in grades.submissions:
        for exercise in submission.exercises:
            found[exercise.topic, exercise.name].append((submission, exercise))
    return dict(found)


def _facts(grades: ClassGrades) -> Html:
    exercises = [exercise for submission in grades.submissions for exercise in submission.exercises]
    shares = [share for s in grades.submissions if (share := summary.share(s)) is not None]
    students = len({submission.student for submission in grades.submissions})
    flagged = sum(exercise.status == "flagged" for exercise in exercises)
    waiting = sum(exercise.status == "manual" and exercise.score is None for exercise in exercises)
    facts = [
        (str(students), "student handed in" if students == 1 else "students handed in"),
        (str(len(grades.submissions)), "submission" if len(grades.submissions) == 1 else "submissions"),
        (_percent(statistics.median(shares)) if shares else "–", "median score"),
        (str(sum(submission.late for submission in grades.submissions)), "late"),
        (str(flagged), "answer flagged" if flagged == 1 else "answers flagged"),
        (str(waiting), "waits for a mark" if waiting == 1 else "wait for a mark"),
        (str(sum(exercise.status == "not graded" for exercise in exercises)), "not graded"),
        (str(len(grades.rejected)), "file refused" if len(grades.rejected) == 1 else "files refused"),
    ]
    return element(
        "ul", *(element("li", element("b", many), element("span", what)) for many, what in facts), class_="facts"
    )


def _distributions(grades: ClassGrades, topics: Iterable[str]) -> Html:
    drawn = []
    for topic in topics:
        counted = [s for s in grades.submissions if s.topic == topic and not grades.excused(s.student, topic)]
        shares = [share for s in counted if (share := summary.share(s)) is not None]
        drawn.append(_distribution(summary.heading(topic), shares))
    return element("div", *drawn, class_="multiples")


def _distribution(title: str, shares: Sequence[float]) -> Html:
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS + 1e-9), BINS - 1)] += 1
    step = 100 // BINS
    rows = [
        (
            row_head(f"{step * b}–{step * (b + 1) - (b < BINS - 1)} %"),
            count(counts[b]),
            bar([("", counts[b]), ("rest", max(counts) - counts[b])], max(counts)),
        )
        for b in reversed(range(BINS))
    ]
    middle = f"median {_percent(statistics.median(shares))}" if shares else "nothing marked"
    caption = f"{counted(len(shares), 'submission')}, {middle}"
    return element(
        "div",
        element("h3", title),
        table(caption, ("share of points", numeric_head("submissions"), no_head()), rows),
    )


def _key() -> Html:
    items = (element("li", element("i", class_=tone), f"{SIGNS[tone]} {label}") for tone, label in TONES.items())
    return element("ul", *items, class_="key", aria_label="What the colours of the bars mean")


def _exercises(asked: Iterable[AssignedExercise], answers: Mapping[tuple[str, str], Answers], topic: str) -> Html:
    rows = []
    for exercise in asked:
        if exercise.topic != topic:
            continue
        given = [answer for _, answer in answers.get((topic, exercise.name), ())]
        of_tone = {tone: sum(tone_of(answer) == tone for answer in given) for tone in TONES}
        marks = [answer.score for answer in given if answer.score is not None]
        mean = f"{number(round(statistics.fmean(marks), 2))}" if marks else "–"
        rows.append(
            (
                row_head(summary.title(exercise), " ", element("code", exercise.name, class_="soft")),
                *(count(of_tone[tone]) for tone in TONES),
                numeric(f"{mean} / {number(exercise.points)}"),
                bar(of_tone.items(), len(given)),
            )
        )
    signs = [_sign_head(tone) for tone in TONES]
    headings: tuple[str | Cell, ...] = ("exercise", *signs, numeric_head("mean points"), no_head())
    made = table("Answers by their result", headings, rows)
    return element("div", element("h3", summary.heading(topic)), made, class_="exercises")


def _sign_head(tone: str) -> Cell:
    return numeric_head(SIGNS[tone], TONES[tone])


def _students(grades: ClassGrades, topics: Sequence[str], links: Mapping[str, str]) -> Html:
    rows = [
        (_named(grades, student, links), *(_score(grades, student, topic) for topic in topics))
        for student in grades.students
    ]
    headings: tuple[str | Cell, ...] = ("student", *(numeric_head(summary.heading(topic)) for topic in topics))
    caption = "Points; … means that an exercise has no mark yet"
    return element("section", element("h2", "Students"), table(caption, headings, rows))


def _named(grades: ClassGrades, student: Student, links: Mapping[str, str]) -> Cell:
    """A student, and under the name what of them was refused."""
    refused = grades.refused_of(student.id)
    lines = [element("div", f"refused: {refusal.text}", class_="soft small") for refusal in refused[:SHOWN_REFUSALS]]
    if len(refused) > SHOWN_REFUSALS:
        lines.append(element("div", f"and {len(refused) - SHOWN_REFUSALS} more", class_="soft small"))
    return row_head(link(student.id, links, _full_name(student)), *lines)


def _full_name(student: Student) -> str:
    return student.name if student.name == student.id else f"{student.name} ({student.id})"


def _score(grades: ClassGrades, student: Student, topic: str) -> Cell:
    submission = grades.find(student.id, topic)
    if grades.excused(student.id, topic):
        return numeric("excused")
    if submission is None:
        return numeric("refused" if grades.refused_of(student.id, topic) else "–")
    more = "" if submission.complete else " …"
    late = f" {summary.late_of(submission)}" if submission.late else ""
    return numeric(f"{number(submission.score)} / {number(submission.max_score)}{more}{late}")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
