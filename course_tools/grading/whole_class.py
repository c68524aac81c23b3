"""A whole class: every submission found, graded where that is needed, and written down.

What was graded before is taken from `OUT/.graded`, a file a submission, named by a digest of all that the result
depends on: so an interrupted run goes on where it stopped, and only what has changed is graded again.
"""

import dataclasses
import functools
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from course_lib.show.progress import bar
from course_lib.util.notebook import read_notebook
from course_lib.util.topics import TOPICS, find_topic
from course_tools.authoring.layout import find_course, find_root
from course_tools.grading import allowed_modules, spread
from course_tools.grading.collect import DatedBy, Keep, Submission, collect
from course_tools.grading.due import is_late, parse_due
from course_tools.grading.grade import Grader
from course_tools.grading.handout import Handout, load_handouts
from course_tools.grading.identity import Layout
from course_tools.grading.into_notebooks import write_copies
from course_tools.grading.kept_options import options_in
from course_tools.grading.outputs import CLASS_PAGE, apply_marks, write_all
from course_tools.grading.outputs.marking import form_in
from course_tools.grading.outputs.moodle import assign_worksheets, moodle_times
from course_tools.grading.outputs.summary import LABELS, WAITING, handed_in_topics, label
from course_tools.grading.outputs.text import one_line
from course_tools.grading.results import ClassGrades, SubmissionGrade
from course_tools.grading.roster import read_roster
from course_tools.grading.rules import Rules
from course_tools.grading.sandbox import SandboxFailed
from course_tools.grading.spread import Executor, Settings
from course_tools.grading.store import Store, kept_seed

GRADES = "grades.json"
GRADED = ".graded"  # the folder of what has been graded
NOT_ISOLATED = """
******************************************************************************
*                                                                            *
*                         N O T   I S O L A T E D                            *
*                                                                            *
*  Student code ran without a sandbox: it could read and change files, and   *
*  use the network. Grades are computed out of its reach as far as possible. *
*                                                                            *
******************************************************************************"""


def grade_class(
    source: Path,
    out: Path,
    *,
    seed: int | None = None,
    jobs: int = 2,
    executor: Executor = "local",
    scheduler: str = "",
    topics: Iterable[str] = (),
    roster: Path | None = None,
    due: str = "",
    keep: Keep = "latest",
    layout: str = "",
    accept_flagged: bool = False,
    fresh: bool = False,
    root: Path | None = None,
    collected_into: list[Submission] | None = None,
) -> ClassGrades:
    """Grade all submissions in the folder or archive `source`, and write `OUT/grades.json`.

    seed: all inputs are drawn from it; without one, that of the last run in `out`, else a new one.
    jobs: submissions at a time.   scheduler: address of a dask cluster; "" starts one here.   topics: default all.
    layout: what named the files; "" recognizes it.
    roster: a CSV file.   due: ISO 8601.   fresh: grade again what was graded before.
    collected_into: gets the submissions that were graded.

    Raises ValueError if `out` lies in `source`, where nothing may be written, if `due` is not a date, or if no sandbox
    can be had here; FileNotFoundError if nothing is there.
    """
    root = find_root(root) if root else find_course()
    parse_due(due)
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"nothing is written among submissions: choose another place than {out}")
    chosen = [find_topic(text) for text in topics] or list(TOPICS)
    handouts = load_handouts(root, chosen)
    students = read_roster(roster) if roster else ()
    collected = collect(
        source,
        topics=[handout.topic for handout in handouts.values()],
        roster=students,
        keep=keep,
        guess_topic=functools.partial(guess_topic, handouts),
        layout=Layout(layout) if layout else None,
    )
    if collected_into is not None:
        collected_into += collected.submissions
    seed = kept_seed(out / GRADED, seed)
    rules = Rules(seed, accept_flagged)
    ours = [root / name for name in ("sources", "solutions", "course_lib", "course_tools", "tests")]
    hide = (*ours, allowed_modules.ROOT, Path(__file__).parents[1], source, out)
    settings = Settings(
        str(root.resolve()),
        tuple(handout.topic.name for handout in handouts.values()),
        rules,
        tuple(str(path.resolve()) for path in hide),
    )
    store = Store(out / GRADED, handouts, rules)
    done = {} if fresh else {s: grade for s in collected.submissions if (grade := store.find(s)) is not None}
    waiting = [submission for submission in collected.submissions if submission not in done]
    if waiting and executor == "local":
        _require_sandbox(settings)
    with bar(description="Grading", total=len(waiting), unit="submission") as progress:
        for submission, grade in spread.graded(settings, waiting, jobs, executor, scheduler):
            store.keep(submission, grade)
            done[submission] = grade
            progress.update()
    grades = ClassGrades(
        submissions=tuple(_dated(done[submission], submission, due) for submission in collected.submissions),
        seed=seed,
        asked=tuple(asked for handout in handouts.values() for asked in handout.asked),
        roster=students,
        rejected=collected.rejected,
        layout=collected.layout.value,
    )
    grades.write(out / GRADES)
    return grades


def grade_and_print(
    source: Path,
    out: Path,
    *,
    due: str = "",
    keep: str | None = None,
    layout: str = "",
    roster: Path | None = None,
    marks: Path | None = None,
    forget: Iterable[str] = (),
    worksheets: Iterable[str] = (),
    into_notebooks: bool = False,
    **options: Any,
) -> int:
    """`course grade`: grade, write reports and grade books, and say in a few lines what came of it.

    due, keep, layout, roster, marks: kept with the grades, and taken up by a later run that is not given them.
    forget: names of those that are no longer to be.   marks: a form filled in by hand.
    worksheets: Moodle's, `NN=FILE` or just the file; both besides what `outputs` writes for every class.
    into_notebooks: also write a copy of each notebook with the verdicts under their cells.
    Exit status 1 if something was not graded, or could not be written.
    """
    parse_due(due)
    asked = {"due": due, "keep": keep, "layout": layout, "roster": roster, "marks": marks}
    kept = options_in(out / GRADED, asked, forget)
    if kept.kept:
        print("as before: " + ", ".join(kept.sentences_of_kept()) + " (change by giving another; end by --forget NAME)")
    due = kept.values.get("due", "")
    submissions: list[Submission] = []
    grades = grade_class(
        source,
        out,
        due=due,
        keep=cast(Keep, kept.values.get("keep", "latest")),
        layout=kept.values.get("layout", ""),
        roster=kept.path("roster"),
        collected_into=submissions,
        **options,
    )
    kept.write(out / GRADED, without=["marks"])  # which may yet turn out to be wrong
    grades, remarks = apply_marks(dataclasses.replace(grades, options=kept.sentences()), out, kept.path("marks"))
    kept.write(out / GRADED)
    given = assign_worksheets(worksheets, handed_in_topics(grades))
    grades, unread = with_times_of_moodle(grades, given, due)
    grades.write(out / GRADES)
    written = write_all(grades, out, due=due, worksheets=given)
    if into_notebooks:
        topics = [find_topic(topic) for topic in handed_in_topics(grades)]
        handouts = load_handouts(options.get("root") or find_course(), topics)
        remarks = (*remarks, *write_copies(grades, submissions, handouts, out))
    labels = [label(exercise) for submission in grades.submissions for exercise in submission.exercises]
    students = len({submission.student for submission in grades.submissions})
    print(f"{len(grades.submissions)} submissions of {students} students, seed {grades.seed}: {out / CLASS_PAGE}")
    for text in dict.fromkeys(sorted(labels)):
        print(f"  {labels.count(text):5d} {text}")
    if WAITING in labels:
        print(f"Enter the marks that are missing in {form_in(out)}, and run the same command again.")
    for text in (*remarks, *unread, *written.remarks, *written.failed):
        print(f"note: {one_line(text)}", file=sys.stderr)
    for refusal in grades.rejected:
        print(f"refused: {one_line(refusal.text)}", file=sys.stderr)
    if not grades.isolated:
        print(NOT_ISOLATED, file=sys.stderr)
    return 1 if LABELS["not graded"] in labels or written.failed else 0


def with_times_of_moodle(
    grades: ClassGrades, worksheets: Mapping[str, Path], due: str
) -> tuple[ClassGrades, tuple[str, ...]]:
    """The grades with the times at which things were handed in, where a worksheet of Moodle says them, and so late.

    Also sentences about times that could not be read.
    """
    times: dict[tuple[str, str], str] = {}
    unread: list[str] = []
    for topic, worksheet in worksheets.items():
        of_topic, more = moodle_times(grades, topic, worksheet)
        times |= {(student, topic): time for student, time in of_topic.items()}
        unread += more
    submissions = (
        dataclasses.replace(one, submitted_at=time, late=is_late(time, due), dated_by=DatedBy.MOODLE)
        if (time := times.get((one.student, one.topic)))
        else one
        for one in grades.submissions
    )
    return dataclasses.replace(grades, submissions=tuple(submissions)), tuple(unread)


def _require_sandbox(settings: Settings) -> None:
    """Raises ValueError if no sandbox can be had on this machine: said once, and before anything is graded."""
    with Grader({}, settings.rules, tuple(Path(path) for path in settings.hide)) as grader:
        try:
            grader.zygote  # noqa: B018  # starts it
        except SandboxFailed as failure:
            raise ValueError(f"nothing was graded: no sandbox can be had on this machine: {failure}") from failure


def guess_topic(handouts: Mapping[str, Handout], data: bytes) -> str:
    """The topic most of whose exercises a notebook defines; "" if it defines none."""
    try:
        notebook = read_notebook(data)
    except Exception:  # also the reader's own fault: who handed it in is told that the lesson is not known
        return ""
    defined = {name for statement in notebook.statements for name in statement.binds}
    shared = {topic: len(defined & handout.names) for topic, handout in handouts.items()}
    best = max(shared, key=lambda topic: shared[topic])
    return best if shared[best] else ""


def _dated(grade: SubmissionGrade, submission: Submission, due: str) -> SubmissionGrade:
    """A grade with what may differ from when it was stored: the file's name and time, and the due date."""
    return dataclasses.replace(
        grade,
        path=submission.path,
        submitted_at=submission.submitted_at,
        dated_by=submission.dated_by,
        late=is_late(submission.submitted_at, due) if submission.late is None else submission.late,
        problems=(*submission.problems, *grade.problems),
    )
