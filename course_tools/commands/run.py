"""`course run`: lessons executed without a browser, on the built-in stories or on others."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from course_lib.util.machine import available_cores
from course_tools.options import add_jobs, add_lessons
from course_tools.spoken import tell

HELP = "execute lessons without a browser"
DEFAULT_JOBS = 2
DEFAULT_OUT = "executed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    add_lessons(parser)
    parser.add_argument(
        "--stories", metavar="SOURCE", help="sample, wild, tinystories, or a file or folder of your own"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="for the executed notebooks (default: executed)")
    add_jobs(parser)


def run(options: argparse.Namespace) -> int:
    """Execute the lessons; the exit status is 1 if one failed."""
    return execute_lessons(options.lessons, stories=options.stories, out=options.out, jobs=options.jobs)


def execute_lessons(
    topics: Sequence[str] = (),
    *,
    stories: str | None = None,
    out: Path | str | None = None,
    jobs: int = DEFAULT_JOBS,
    root: Path | None = None,
) -> int:
    """Execute the lessons of `topics` (all of them if empty), going on with the others when one fails.

    stories: where the lessons' stories come from: "sample", "tinystories", or a file or folder.
    out: the folder for the executed notebooks, `executed` in the course's folder if None; a lesson that failed
    is written too, with its error in it.
    Returns the exit status, 1 if a lesson failed. Raises ValueError for an unknown topic and FileNotFoundError
    where no sources, or no such stories, are.
    """
    from course_tools.authoring.batch import Work, execute_all, write_notebook
    from course_tools.authoring.execute import CellFailed, kernel_environment
    from course_tools.authoring.layout import Kind, configured_repository, find_course
    from course_tools.authoring.plan import choose_topics, plan

    root = root or find_course()
    folder = root / DEFAULT_OUT if out is None else Path(out).resolve()
    planned, broken = plan(root, choose_topics(topics), [Kind.LESSON], configured_repository(root))
    changes = {} if stories is None else {"COURSE_STORIES": _locate_stories(stories)}

    def keep(work: Work, failure: CellFailed | None) -> str:
        path = folder / Path(work.page.notebook).name
        write_notebook(work.notebook, path)
        return str(path)

    jobs = max(1, min(jobs, len(planned)))
    threads = max(1, available_cores() // jobs)
    work = [Work(item.page, item.source, item.notebook, item.page.topic.stem) for item in planned]
    status = execute_all(work, jobs=jobs, environment=kernel_environment(threads=threads, changes=changes), keep=keep)
    print(tell(f"the executed notebooks are in {folder}"))
    return status or int(bool(broken))


def _locate_stories(stories: str) -> str:
    """The source as the kernels will find it: they do not run in this folder."""
    from course_lib.corpus.stories import require_source

    path = Path(stories).expanduser()
    if path.exists():
        return str(path.resolve())
    require_source(stories)
    return stories
