"""What holds for every test and every notebook that pytest runs: no bars, one thread, no network.

At the end of a run stands what was skipped because this machine lacks something, and what would bring it; and which
exercise notebooks hold a reader's answers, and were therefore not compared with what the course hands out.
"""

import contextlib
import os
from collections import Counter
from pathlib import Path

from course_tools.authoring.answered import answers_in
from course_tools.home import somewhere_to_write

os.environ["COURSE_QUIET"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # two workers with two threads each would wait for one another
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("COURSE_STORIES", None)  # a reader's own source would change what the notebooks print

REMEDIES = {  # what a reason for skipping says -> what to do about it
    "no sandbox": "apt install bubblewrap, or run as an ordinary user whom Python's environment is open to",
    "isolated": "apt install bubblewrap, and let the kernel give ordinary users namespaces",
    "bubblewrap": "apt install bubblewrap",
    "nbgrader": "make test-instructor",
    "dask": "make test-instructor",
    "distributed": "make test-instructor",
    "network": "unshare (util-linux) and ip (iproute2), on a kernel that gives ordinary users namespaces",
    "GPU": "a machine with a CUDA device",
    "CUDA": "a machine with a CUDA device",
}


def pytest_configure(config):
    """Notebooks are compared without what no two machines print alike, from whatever folder pytest was started.

    Kernels write elsewhere where the home folder takes nothing.
    """
    for_kernels = contextlib.ExitStack()
    for_kernels.enter_context(somewhere_to_write())
    config.add_cleanup(for_kernels.close)
    if getattr(config.option, "nbval_sanitize_with", "no nbval") is None:
        config.option.nbval_sanitize_with = str(Path(__file__).parent / "tests" / "nbval.cfg")


def pytest_ignore_collect(collection_path):
    """A notebook that somebody answered in is that person's: it no longer prints what the course's own does."""
    exercise = collection_path.suffix == ".ipynb" and collection_path.parent.name == "exercises"
    return True if exercise and answers_in(collection_path) else None


def pytest_terminal_summary(terminalreporter):
    """What was not compared because somebody answered in it; how many tests were skipped for want of what."""
    if any(getattr(terminalreporter.config.option, name, False) for name in ("nbval", "nbval_lax")):
        root = Path(__file__).parent
        exercises = [*root.glob("exercises/*.ipynb"), *root.glob("*/exercises/*.ipynb")]  # the latter of editions
        for path in sorted(path for path in exercises if answers_in(path)):
            terminalreporter.line(
                f"{path.relative_to(root)} holds answers of yours: it is compared only where it is named by itself"
            )
    wanted = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        remedy = next((remedy for word, remedy in REMEDIES.items() if word in reason), "")
        if remedy:
            wanted[remedy] += 1
    if wanted:
        terminalreporter.section("what this machine cannot run, and what would change that")
        for remedy, n in wanted.most_common():
            terminalreporter.line(f"{n:5d} skipped: {remedy}")
