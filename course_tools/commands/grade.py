"""`course grade`: a class's notebooks graded in a sandbox, with reports and grade books."""

import argparse
from pathlib import Path

from course_tools.options import add_jobs

HELP = "for instructors: grade submitted notebooks in a sandbox"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument("submissions", type=Path, help="folder or zip of notebooks; nothing is written there")
    parser.add_argument("--out", type=Path, default=Path("grades"), metavar="DIR", help="default: grades")
    parser.add_argument("--topic", action="append", default=[], metavar="NN", help="only this lesson (may be repeated)")
    parser.add_argument("--roster", type=Path, metavar="CSV", help="who is in the class")
    parser.add_argument("--due", default="", metavar="TIME", help="later is marked late, such as 2026-10-01T23:59")
    parser.add_argument("--keep", choices=("latest", "first"), help="of several submissions (default: latest)")
    parser.add_argument(
        "--layout",
        choices=("folders", "moodle", "canvas"),
        default="",
        help="what named the files (default: recognized, and said on the page)",
    )
    parser.add_argument(
        "--marks",
        action="append",
        default=[],
        type=Path,
        metavar="CSV",
        help="marks by hand: what a page for marking saved, or a file of your own (may be repeated)",
    )
    parser.add_argument("--extensions", type=Path, metavar="CSV", help="later dates and excuses of single students")
    parser.add_argument("--late-policy", type=Path, metavar="PY", help="what late work costs (default: nothing)")
    parser.add_argument(
        "--student", action="append", default=[], metavar="NAME", help="grade only this student (may be repeated)"
    )
    parser.add_argument(
        "--moodle",
        action="append",
        default=[],
        metavar="[NN=]CSV",
        help="Moodle's worksheet, to fill in a copy",
    )
    parser.add_argument(
        "--forget",
        action="append",
        default=[],
        choices=(
            *("accept-flagged", "due", "extensions", "keep", "late-policy"),
            *("layout", "marks", "moodle", "roster", "topic"),
        ),
        help="no longer use this option of an earlier run; they are kept with the grades (may be repeated)",
    )
    parser.add_argument(
        "--into-notebooks",
        action="store_true",
        help="also copy each notebook to OUT/notebooks, with the verdicts under their cells",
    )
    parser.add_argument("--accept-flagged", action="store_true", help="score answers that call what they should write")
    parser.add_argument("--seed", type=int, metavar="N", help="for the inputs (default: the last run's, or new)")
    parser.add_argument("--fresh", action="store_true", help="grade again what has not changed as well")
    parser.add_argument("--executor", choices=("local", "dask"), default="local", help="default: local")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS", help="of a dask cluster (default: one here)")
    add_jobs(parser, "submissions")


def run(options: argparse.Namespace) -> int:
    """Grade the class; the exit status is 1 if something was not graded."""
    from course_tools.grading.reporting import grade_and_print

    return grade_and_print(
        options.submissions,
        options.out,
        seed=options.seed,
        jobs=options.jobs,
        executor=options.executor,
        scheduler=options.scheduler,
        topics=options.topic,
        roster=options.roster,
        due=options.due,
        marks=options.marks,
        extensions=options.extensions,
        late_policy=options.late_policy,
        only=options.student,
        worksheets=options.moodle,
        into_notebooks=options.into_notebooks,
        keep=options.keep,
        forget=options.forget,
        layout=options.layout,
        accept_flagged=options.accept_flagged,
        fresh=options.fresh,
    )
