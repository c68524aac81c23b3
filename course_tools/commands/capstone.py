"""`course capstone`: the learner's answers of both parts, put together into one model."""

import argparse
from pathlib import Path

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


def run(options: argparse.Namespace) -> int:
    """Run all stages, and print what each of them found; the exit status is 0, whatever is missing or wrong."""
    from course_lib.checks.capstone import grow

    grow(folder=options.exercises)
    return 0
