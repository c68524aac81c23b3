"""`course capstone`: the learner's answers of both parts, put together into one model."""

import argparse
from pathlib import Path

from course_tools.spoken import tell

HELP = "put your answers of all lessons together into one model that listens, and see how good each step is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument(
        "--exercises",
        type=Path,
        default=Path("exercises"),
        metavar="DIR",
        help="folder of your exercise notebooks, as they were saved (default: exercises)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build/capstone"),
        metavar="DIR",
        help="where finished stages are kept; again: goes on (default: build/capstone)",
    )


def run(options: argparse.Namespace) -> int:
    """Run all stages, and print what each of them found; whatever is missing or wrong, the exit status is 0.

    Raises KeyboardInterrupt after Ctrl-C, when it was said that the stages that were finished are kept.
    """
    from course_lib.checks.capstone import grow

    try:
        grow(folder=options.exercises, out=options.out)
    except KeyboardInterrupt:
        print(tell(f"Stopped. Finished stages are kept in {options.out}: the same command goes on from there."))
        raise
    return 0
