"""`course lab`: JupyterLab, opened at a lesson."""

import argparse
import os
from collections.abc import Sequence

from course_lib.util.topics import find_topic
from course_tools.authoring.layout import Kind, Page, find_course
from course_tools.home import somewhere_to_write
from course_tools.spoken import complain

HELP = "open JupyterLab at a lesson"
EPILOG = "What follows -- goes to JupyterLab: course lab 03 -- --no-browser"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument("lesson", nargs="?", default="01", metavar="NN", help="number or name (default: 01)")


def run(options: argparse.Namespace) -> int:
    """Serve the lessons until that is stopped."""
    return open_lab(options.lesson, options.flags)


def open_lab(lesson: str = "01", flags: Sequence[str] = ()) -> int:
    """Serve the course's folder with JupyterLab until it is stopped, and open the lesson in a browser.

    flags: options of JupyterLab, such as `--no-browser`.
    Raises ValueError for an unknown lesson, FileNotFoundError where the notebooks are not, and ModuleNotFoundError
    where JupyterLab is not installed.
    """
    notebook = Page(find_topic(lesson), Kind.LESSON).notebook
    root = find_course()
    if not (root / notebook).is_file():
        raise FileNotFoundError(f"{notebook} has not been built yet: `course build {lesson}` makes it")
    with somewhere_to_write() as problem:
        from jupyterlab.labapp import LabApp

        if problem is not None:
            complain(f"{problem}: Jupyter's settings are forgotten at the end")
        # The address rather than the file: given a file, Jupyter would serve its folder alone, and links to the
        # exercises would lead nowhere.
        address = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{notebook}"]
        LabApp.launch_instance([*address, *_as_root(), *flags])
    return 0


def _as_root() -> list[str]:
    """What Jupyter must be told in a container, where the only user is root: it refuses to start otherwise.

    It still listens to this machine alone, and still asks for its token.
    """
    return ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []  # Windows has no such number
