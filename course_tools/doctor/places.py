"""Where things are: the system, the home folder, the folder for temporary files, and names that hide a library."""

import os
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from course_tools.doctor.report import Finding, State
from course_tools.home import home_problem

SOCKET_PATH = 103  # bytes that a socket's path may have on macOS; 107 on Linux
SOCKET_NAME = 34  # bytes of them for what multiprocessing appends: /pymp-xxxxxxxx/listener-xxxxxxxx
OWN = {"course_lib", "course_tools", "tests", "conftest", "benchmarks"}
ELSEWHERE = {
    "win32": "Windows, where `course grade` cannot work: it needs fork, limits of resources and sockets that pass "
    "descriptors; that the rest works was read in the code and never tried here",
    "darwin": "macOS, where `course grade` has no isolation, and Apple's GPU no float64; that the rest works was read "
    "in the code and never tried here",
}
REMEDY_ELSEWHERE = "grade on Linux, or in a virtual machine or container with it; tell us what else does not work"


def check_system() -> Iterator[Finding]:
    """The operating system: the course was tried on Linux."""
    if sys.platform in ELSEWHERE:
        yield Finding(State.NOTE, "system", ELSEWHERE[sys.platform], REMEDY_ELSEWHERE)
    else:
        yield Finding(State.GOOD, "system", sys.platform)


def check_home() -> Iterator[Finding]:
    """The home folder, where Jupyter keeps what it needs while it runs."""
    problem = home_problem()
    if problem is None:
        yield Finding(State.GOOD, "home", str(Path.home()))
        return
    remedy = (
        "`course lab` and `course run` work in a temporary folder then, and forget Jupyter's settings; for other ways "
        "to open lessons set HOME to a folder that you may write to: export HOME=…"
    )
    yield Finding(State.NOTE, "home", problem, remedy)


def check_temporary() -> Iterator[Finding]:
    """The folder for temporary files: there, and with a name short enough for the sockets that are made in it."""
    remedy = "set TMPDIR to a short name of a folder that you may write to: export TMPDIR=/tmp"
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError as error:
        yield Finding(State.WRONG, "temporary", str(error), remedy)
        return
    length = len(os.fsencode(folder))
    if sys.platform != "win32" and length + SOCKET_NAME > SOCKET_PATH:
        found = (
            f"{folder} has {length} bytes, and with more than {SOCKET_PATH - SOCKET_NAME} there is no room for "
            "sockets: loaders with several workers hang"
        )
        yield Finding(State.WRONG, "temporary", found, remedy)
    else:
        yield Finding(State.GOOD, "temporary", folder)


def check_names() -> Iterator[Finding]:
    """Files beside the lessons that Python would import in place of a library of the same name."""
    here = Path.cwd()
    libraries = (set(sys.stdlib_module_names) | set(metadata.packages_distributions())) - OWN
    hiding = [path for folder in (here, here / "notebooks", here / "exercises") for path in _modules(folder)]
    for path in hiding:
        if path.stem in libraries:
            found = f"{path} hides the library {path.stem}: `import {path.stem}` finds this one"
            yield Finding(State.WRONG, "names", found, "give it another name")


def _modules(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.py"), *(init.parent for init in folder.glob("*/__init__.py"))])
