"""`course doctor`: will the lessons run on this machine? What there is, what is wrong, and what to do about it."""

import argparse

HELP = "say whether lessons will run here, and if not, what to do"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing can be said about it."""


def run(options: argparse.Namespace) -> int:
    """Print the report; the exit status is 0 if lessons will run and 1 if not."""
    from course_tools.doctor.examination import examine

    report = examine()
    print(report)
    return 0 if report.lessons_will_run else 1
