"""Submissions shared out among processes of this machine, or of a cluster."""

import functools
import gc
import zipfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from course_lib.util.topics import find_topic
from course_tools.grading.archives import OpenArchives, Refused
from course_tools.grading.collect import Submission
from course_tools.grading.grade import Grader
from course_tools.grading.handout import load_handouts
from course_tools.grading.record import cause_of
from course_tools.grading.results import SubmissionGrade
from course_tools.grading.rules import Rules

Executor = Literal["local", "dask"]

YOUNG = 20_000  # objects made before Python looks for what is no longer needed; by itself it looks after 700
ATTEMPTS = 2  # at a submission during which the grader's own process ended


@dataclass(frozen=True)
class Settings:
    """What a process needs to grade. root: the course's folder; hide: folders no student's code may see."""

    root: str
    topics: tuple[str, ...]
    rules: Rules
    hide: tuple[str, ...] = ()


def grade_one(settings: Settings, submission: Submission, data: bytes) -> SubmissionGrade:
    """Grade one submission in this process, whose sandbox is kept for the next."""
    return _grader(settings).grade(submission, data)


@functools.lru_cache(maxsize=1)
def _grader(settings: Settings) -> Grader:
    import torch

    torch.set_num_threads(1)  # processes share out the cores; threads of each would wait for one another
    handouts = load_handouts(Path(settings.root), [find_topic(name) for name in settings.topics])
    gc.collect()
    gc.freeze()  # what is there by now stays: it need not be looked through again and again
    gc.set_threshold(YOUNG)
    return Grader(handouts, settings.rules, tuple(Path(path) for path in settings.hide))


def graded(
    settings: Settings, submissions: list[Submission], jobs: int, executor: Executor, scheduler: str
) -> Iterator[tuple[Submission, SubmissionGrade]]:
    """Each submission with its grade, as they come."""
    if not submissions:
        return
    with OpenArchives() as archives:
        if executor == "dask":
            yield from _on_dask(settings, submissions, archives, jobs, scheduler)
        else:
            yield from _in_processes(settings, submissions, archives, min(jobs, len(submissions)))


def _in_processes(
    settings: Settings, submissions: list[Submission], archives: OpenArchives, jobs: int
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
                        data = _read(submission, archives)
                        if isinstance(data, Refused):
                            yield submission, not_graded(settings, submission, str(data))
                            continue
                        running[pool.submit(grade_one, settings, submission, data)] = (submission, attempt)
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        try:
                            grade = future.result()
                        except BrokenProcessPool:
                            raise
                        except Exception as error:  # concerns this submission; the rest goes on
                            grade = not_graded(settings, running[future][0], cause_of(error))
                        yield running.pop(future)[0], grade
            except BrokenProcessPool:
                for submission, attempt in running.values():
                    if attempt < ATTEMPTS:
                        waiting.append((submission, attempt + 1))
                    else:
                        yield submission, not_graded(settings, submission, "the grader's own process ended")
                jobs = 1  # so that the one that does this is found, and takes no other with it


def _on_dask(
    settings: Settings, submissions: list[Submission], archives: OpenArchives, jobs: int, scheduler: str
) -> Iterator[tuple[Submission, SubmissionGrade]]:
    """On a dask cluster, whose machines need the course and, for isolation, bubblewrap."""
    from dask.distributed import Client, LocalCluster, as_completed

    cluster = None if scheduler else LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
    with Client(scheduler or cluster) as client:
        futures = {}
        for submission in submissions:
            data = _read(submission, archives)
            if isinstance(data, Refused):
                yield submission, not_graded(settings, submission, str(data))
            else:
                futures[client.submit(grade_one, settings, submission, data, pure=False)] = submission
        for future in as_completed(list(futures)):
            submission = futures.pop(future)
            problem = future.exception()
            yield submission, future.result() if problem is None else not_graded(settings, submission, str(problem))
    if cluster is not None:
        cluster.close()


def _read(submission: Submission, archives: OpenArchives) -> bytes | Refused:
    try:
        return submission.read(archives)
    except Refused as refusal:
        return refusal
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        return Refused(f"it is no longer as it was found: {error}")


def not_graded(settings: Settings, submission: Submission, why: str) -> SubmissionGrade:
    """What there is to say of a submission that was not graded, and why."""
    handout = load_handouts(Path(settings.root), [find_topic(submission.topic)])[submission.topic]
    return Grader({submission.topic: handout}, settings.rules).failed(submission, why)
