"""A whole class: every submission found, graded where that is needed, and written down.

What was graded before is taken from `OUT/.graded`, a file a submission, named by a digest of all that the result
depends on: so an interrupted run goes on where it stopped, and only what has changed is graded again.
"""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

from course_lib.show.progress import bar
from course_lib.util.notebook import read_notebook
from course_lib.util.topics import TOPICS, find_topic
from course_tools.authoring.layout import find_course, find_root
from course_tools.grading import allowed_modules, spread
from course_tools.grading.collect import Collected, Keep, Submission, collect
from course_tools.grading.due import is_late, parse_due
from course_tools.grading.grade import Grader
from course_tools.grading.handout import Handout, load_handouts
from course_tools.grading.identity import Layout
from course_tools.grading.naming import called, student_named
from course_tools.grading.results import ClassGrades, Student, SubmissionGrade
from course_tools.grading.roster import read_roster_and_remarks
from course_tools.grading.rules import Rules
from course_tools.grading.sandbox import SandboxFailed
from course_tools.grading.spread import Executor, Settings
from course_tools.grading.store import Store, kept_seed

GRADES = "grades.json"
GRADED = ".graded"  # the folder of what has been graded


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
    only: Iterable[str] = (),
    root: Path | None = None,
    collected_into: list[Submission] | None = None,
) -> ClassGrades:
    """Grade all submissions in the folder or archive `source`, and write `OUT/grades.json`.

    seed: all inputs are drawn from it; without one, that of the last run in `out`, else a new one.
    jobs: submissions at a time.   scheduler: address of a dask cluster; "" starts one here.   topics: default all.
    layout: what named the files; "" recognizes it.
    roster: a CSV file.   due: ISO 8601.   fresh: grade again what was graded before.
    only: students, if not all are to be graded; of the others what was graded before stays as it was.
    collected_into: gets the submissions that were graded.

    Raises ValueError if `out` lies in `source`, where nothing may be written, if `due` is not a date, or if no sandbox
    can be had here, if one of `only` is not known or handed in nothing; FileNotFoundError if nothing is there.
    """
    root = find_root(root) if root else find_course()
    parse_due(due)
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"nothing is written among submissions: choose another place than {out}")
    chosen = [find_topic(text) for text in topics] or list(TOPICS)
    handouts = load_handouts(root, chosen)
    students, remarks = read_roster_and_remarks(roster) if roster else ((), ())
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
    chosen_students = _chosen(only, students, collected)
    done = {
        submission: grade
        for submission in collected.submissions
        if not (fresh and submission.student in chosen_students) and (grade := store.find(submission)) is not None
    }
    waiting = [one for one in collected.submissions if one not in done and one.student in chosen_students]
    if waiting and executor == "local":
        _require_sandbox(settings)
    with bar(description="Grading", total=len(waiting), unit="submission") as progress:
        for submission, grade in spread.graded(settings, waiting, jobs, executor, scheduler):
            store.keep(submission, grade)
            done[submission] = grade
            progress.update()
    for submission in collected.submissions:
        if submission not in done:
            done[submission] = spread.not_graded(settings, submission, "only other students were to be (--student)")
    grades = ClassGrades(
        submissions=tuple(_dated(done[submission], submission, due) for submission in collected.submissions),
        seed=seed,
        asked=tuple(asked for handout in handouts.values() for asked in handout.asked),
        roster=students,
        rejected=collected.rejected,
        layout=collected.layout.value,
        remarks=remarks,
    )
    grades.write(out / GRADES)
    return grades


def _chosen(only: Iterable[str], roster: tuple[Student, ...], collected: Collected) -> set[str]:
    """The students who are to be graded, by id. Raises ValueError if one is not known, or handed in nothing."""
    there = {submission.student for submission in collected.submissions}
    refused = {refusal.student: refusal.text for refusal in collected.rejected}
    others = sorted((there | refused.keys()) - {student.id for student in roster} - {""})
    everybody = (*roster, *map(Student, others))
    chosen = set()
    for name in only:
        try:
            student = student_named(everybody, name)
        except ValueError as error:
            raise ValueError(f"--student: {error}") from None
        if student.id not in there:
            why = f": {refused[student.id]}" if student.id in refused else ""
            raise ValueError(f"--student: {called(student)} handed in nothing that can be graded{why}")
        chosen.add(student.id)
    return chosen or there


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
