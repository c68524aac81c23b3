"""A whole class: every submission found, graded where that is needed, and written down.

What was graded before is taken from `OUT/.graded`, a file a submission, named by a digest of all that the result
depends on: so an interrupted run goes on where it stopped, and only what has changed is graded again.
"""

import dataclasses
import functools
import hashlib
import json
import secrets
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from course_lib.show.progress import bar
from course_lib.util.notebook import Unreadable, read_notebook
from course_lib.util.topics import TOPICS, find_topic
from course_tools.authoring.layout import find_root
from course_tools.grading import lending
from course_tools.grading.collect import Keep, Refused, Submission, collect
from course_tools.grading.grade import Grader, Rules, is_late
from course_tools.grading.handout import Handout, load_handouts
from course_tools.grading.outputs import CLASS_PAGE, apply_marks, write_all
from course_tools.grading.outputs.marking import form_in
from course_tools.grading.outputs.moodle import assign_worksheets
from course_tools.grading.outputs.summary import LABELS, WAITING, handed_in_topics, label
from course_tools.grading.results import ClassGrades, SubmissionGrade, from_plain, replace_file
from course_tools.grading.roster import read_roster

Executor = Literal["local", "dask"]

GRADES = "grades.json"
GRADED = ".graded"  # the folder of what has been graded
SEED = "seed.json"  # in it: what an interrupted run was drawn from
ATTEMPTS = 2  # at a submission during which the grader's own process ended
NOT_ISOLATED = """
******************************************************************************
*                                                                            *
*                         N O T   I S O L A T E D                            *
*                                                                            *
*  Student code ran without a sandbox: it could read and change files, and   *
*  use the network. Grades are computed out of its reach as far as possible. *
*                                                                            *
******************************************************************************"""


@dataclass(frozen=True)
class Settings:
    """What a process needs to grade. root: the course's folder; hide: folders no student's code may see."""

    root: str
    topics: tuple[str, ...]
    rules: Rules
    hide: tuple[str, ...] = ()


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
    accept_flagged: bool = False,
    fresh: bool = False,
    root: Path | None = None,
) -> ClassGrades:
    """Grade all submissions in the folder or archive `source`, and write `OUT/grades.json`.

    seed: all inputs are drawn from it; without one, that of the last run in `out`, else a new one.
    jobs: submissions at a time.   scheduler: address of a dask cluster; "" starts one here.   topics: default all.
    roster: a CSV file.   due: ISO 8601.   fresh: grade again what was graded before.

    Raises ValueError if `out` lies in `source`, where nothing may be written, FileNotFoundError if nothing is there.
    """
    root = find_root(root)
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
    )
    seed = _seed(out, seed)
    rules = Rules(seed, accept_flagged)
    ours = [root / name for name in ("sources", "solutions", "course_lib", "course_tools", "tests")]
    hide = (*ours, lending.ROOT, Path(__file__).parents[1], source, out)
    settings = Settings(
        str(root.resolve()),
        tuple(handout.topic.name for handout in handouts.values()),
        rules,
        tuple(str(path.resolve()) for path in hide),
    )
    store = _Store(out / GRADED, handouts, rules)
    done = {} if fresh else {s: grade for s in collected.submissions if (grade := store.find(s)) is not None}
    waiting = [submission for submission in collected.submissions if submission not in done]
    with bar(description="Grading", total=len(waiting), unit="submission") as progress:
        for submission, grade in _graded(settings, waiting, jobs, executor, scheduler):
            store.keep(submission, grade)
            done[submission] = grade
            progress.update()
    grades = ClassGrades(
        submissions=tuple(_dated(done[submission], submission, due) for submission in collected.submissions),
        seed=seed,
        asked=tuple(asked for handout in handouts.values() for asked in handout.asked),
        roster=students,
        rejected=collected.rejected,
    )
    grades.write(out / GRADES)
    return grades


def grade_and_print(
    source: Path,
    out: Path,
    *,
    due: str = "",
    marks: Path | None = None,
    worksheets: Iterable[str] = (),
    **options: Any,
) -> int:
    """`course grade`: grade, write reports and grade books, and say in a few lines what came of it.

    marks: a form filled in by hand.   worksheets: Moodle's, `NN=FILE` or just the file; both besides what `outputs`
    writes for every class.   Exit status 1 if something was not graded.
    """
    grades = grade_class(source, out, due=due, **options)
    grades, remarks = apply_marks(grades, out, marks)
    grades.write(out / GRADES)
    given = assign_worksheets(worksheets, handed_in_topics(grades))
    remarks += write_all(grades, out, due=due, worksheets=given)
    labels = [label(exercise) for submission in grades.submissions for exercise in submission.exercises]
    students = len({submission.student for submission in grades.submissions})
    print(f"{len(grades.submissions)} submissions of {students} students, seed {grades.seed}: {out / CLASS_PAGE}")
    for text in dict.fromkeys(sorted(labels)):
        print(f"  {labels.count(text):5d} {text}")
    if WAITING in labels:
        print(f"Enter the marks that are missing in {form_in(out)}, and run the same command again.")
    for text in remarks:
        print(f"note: {text}", file=sys.stderr)
    for text in grades.rejected:
        print(f"refused: {text}", file=sys.stderr)
    if not grades.isolated:
        print(NOT_ISOLATED, file=sys.stderr)
    return 1 if LABELS["not graded"] in labels else 0


def guess_topic(handouts: Mapping[str, Handout], data: bytes) -> str:
    """The topic most of whose exercises a notebook defines; "" if it defines none."""
    try:
        notebook = read_notebook(data)
    except Unreadable:
        return ""
    defined = {name for statement in notebook.statements for name in statement.binds}
    shared = {topic: len(defined & handout.names) for topic, handout in handouts.items()}
    best = max(shared, key=lambda topic: shared[topic])
    return best if shared[best] else ""


def grade_one(settings: Settings, submission: Submission, data: bytes) -> SubmissionGrade:
    """Grade one submission in this process, whose sandbox is kept for the next."""
    return _grader(settings).grade(submission, data)


@functools.lru_cache(maxsize=1)
def _grader(settings: Settings) -> Grader:
    import torch

    torch.set_num_threads(1)  # processes share out the cores; threads of each would wait for one another
    handouts = load_handouts(Path(settings.root), [find_topic(name) for name in settings.topics])
    return Grader(handouts, settings.rules, tuple(Path(path) for path in settings.hide))


def _graded(
    settings: Settings, submissions: list[Submission], jobs: int, executor: Executor, scheduler: str
) -> Iterator[tuple[Submission, SubmissionGrade]]:
    """Each submission with its grade, as they come."""
    if not submissions:
        return
    if executor == "dask":
        yield from _on_dask(settings, submissions, jobs, scheduler)
    else:
        yield from _in_processes(settings, submissions, min(jobs, len(submissions)))


def _in_processes(
    settings: Settings, submissions: list[Submission], jobs: int
) -> Iterator[tuple[Submission, SubmissionGrade]]:
    """A few at a time, so that memory is bounded. A process that ends takes down what it was at, and nothing more."""
    waiting = deque((submission, 1) for submission in submissions)
    while waiting:
        running: dict[Future[SubmissionGrade], tuple[Submission, int]] = {}
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < jobs:
                        submission, attempt = waiting.popleft()
                        data = _read(submission)
                        if isinstance(data, Refused):
                            yield submission, _not_graded(settings, submission, str(data))
                            continue
                        running[pool.submit(grade_one, settings, submission, data)] = (submission, attempt)
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        grade = future.result()
                        yield running.pop(future)[0], grade
            except BrokenProcessPool:
                for submission, attempt in running.values():
                    if attempt < ATTEMPTS:
                        waiting.append((submission, attempt + 1))
                    else:
                        yield submission, _not_graded(settings, submission, "the grader's own process ended")
                jobs = 1  # so that the one that does this is found, and takes no other with it


def _on_dask(
    settings: Settings, submissions: list[Submission], jobs: int, scheduler: str
) -> Iterator[tuple[Submission, SubmissionGrade]]:
    """On a dask cluster, whose machines need the course and, for isolation, bubblewrap."""
    from dask.distributed import Client, LocalCluster, as_completed

    cluster = None if scheduler else LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
    with Client(scheduler or cluster) as client:
        futures = {}
        for submission in submissions:
            data = _read(submission)
            if isinstance(data, Refused):
                yield submission, _not_graded(settings, submission, str(data))
            else:
                futures[client.submit(grade_one, settings, submission, data, pure=False)] = submission
        for future in as_completed(list(futures)):
            submission = futures.pop(future)
            problem = future.exception()
            yield submission, future.result() if problem is None else _not_graded(settings, submission, str(problem))
    if cluster is not None:
        cluster.close()


def _read(submission: Submission) -> bytes | Refused:
    try:
        return submission.read()
    except Refused as refusal:
        return refusal
    except OSError as error:
        return Refused(str(error))


def _not_graded(settings: Settings, submission: Submission, why: str) -> SubmissionGrade:
    handout = load_handouts(Path(settings.root), [find_topic(submission.topic)])[submission.topic]
    return Grader({submission.topic: handout}, settings.rules).failed(submission, why)


def _dated(grade: SubmissionGrade, submission: Submission, due: str) -> SubmissionGrade:
    """A grade with what may differ from when it was stored: the file's name and time, and the due date."""
    return dataclasses.replace(
        grade,
        path=submission.path,
        submitted_at=submission.submitted_at,
        late=is_late(submission.submitted_at, due),
        problems=(*submission.problems, *grade.problems),
    )


def _seed(out: Path, seed: int | None) -> int:
    """The seed of this run; kept beside the grades, so that an interrupted run can go on."""
    file = out / GRADED / SEED
    if seed is None and file.is_file():
        seed = int(json.loads(file.read_text(encoding="utf-8"))["seed"])
    seed = secrets.randbelow(2**31) if seed is None else seed
    replace_file(file, json.dumps({"seed": seed}))
    return seed


class _Store:
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
        except (OSError, ValueError, AttributeError):
            return None

    def keep(self, submission: Submission, grade: SubmissionGrade) -> None:
        """Keep a grade, unless the grader failed: that is tried again."""
        if all(exercise.status != "not graded" for exercise in grade.exercises):
            replace_file(self._file(submission), json.dumps(dataclasses.asdict(grade)))

    def _file(self, submission: Submission) -> Path:
        parts = (submission.student, submission.topic, submission.digest, self._versions[submission.topic])
        key = hashlib.sha256("\0".join((*parts, repr(self._rules))).encode(errors="replace")).hexdigest()
        return self._folder / f"{key}.json"


def _version(handout: Handout) -> str:
    """A digest of what was asked, of how it is checked, and of the code that grades."""
    digest = hashlib.sha256(repr(handout.notebook.cells).encode())
    digest.update(repr(handout.asked).encode())
    checks = lending.ROOT / "checks"
    engine = [path for path in sorted(checks.glob("*.py")) if path.stem not in {topic.name for topic in TOPICS}]
    for path in [*engine, checks / f"{handout.topic.name}.py", *sorted((lending.ROOT / "grading").rglob("*.py"))]:
        if "outputs" not in path.parts:
            digest.update(path.read_bytes() if path.is_file() else b"")
    for exercise in handout.checks.values():
        digest.update(repr(sorted(lending.modules_for(handout, exercise).items())).encode())
    return digest.hexdigest()
