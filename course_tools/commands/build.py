"""`course build`: from `sources/` to notebooks, exercises and solutions, executed."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course_tools.options import add_jobs, add_lessons

if TYPE_CHECKING:
    from course_tools.authoring.plan import Planned

HELP = "for authors: build the notebooks from sources/"
DEFAULT_JOBS = 2

# What needs the network is in cells that are skipped; anything else fails here, before it fails for a reader.
WITHOUT_NETWORK = {"HF_HUB_OFFLINE": "1"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    add_lessons(parser)
    parser.add_argument("--check", action="store_true", help="build nothing, say what is not as its source says")
    parser.add_argument("--force", action="store_true", help="build what is up to date as well")
    parser.add_argument("--language", metavar="CODE", help="the edition in this language, such as fa, and no other")
    parser.add_argument("--repository", metavar="URL", help="public address, for badges and the first cell")
    add_jobs(parser)


def run(options: argparse.Namespace) -> int:
    """Build the notebooks; the exit status is 1 if one could not be built, or with --check would be made anew."""
    return build_notebooks(
        options.lessons,
        check=options.check,
        force=options.force,
        repository=options.repository,
        jobs=options.jobs,
        language=options.language,
    )


def build_notebooks(
    topics: Sequence[str] = (),
    *,
    check: bool = False,
    force: bool = False,
    repository: str | None = None,
    jobs: int = DEFAULT_JOBS,
    root: Path | None = None,
    language: str | None = None,
) -> int:
    """Make every notebook of `topics` (all of them if empty) that does not say what its source says.

    check: change and execute nothing, name what would be made; the status is 1 if there is any.
    force: make them all, as is needed when only `course_lib` has changed and outputs with it.
    repository: the public address for badges and first cells, instead of the one in pyproject.toml.
    language: of which edition; in English if there is none.
    Returns the exit status. Raises ValueError for an unknown topic or language, FileNotFoundError where no sources are.
    """
    from course_tools.authoring.drift import find_drift
    from course_tools.authoring.edition import IN_ENGLISH
    from course_tools.authoring.layout import Kind, configured_repository, find_root
    from course_tools.authoring.plan import choose_topics, find_strays, plan

    root = root or find_root()
    repository = configured_repository(root) if repository is None else repository
    edition = IN_ENGLISH
    if language:
        from course_tools.translating.editions import edition as edition_in

        edition = edition_in(root, language)
    planned, broken = plan(root, choose_topics(topics), list(Kind), repository, edition)
    reasons = {item.page.notebook: find_drift(item.notebook, root / item.page.notebook) for item in planned}
    stale = [item for item in planned if force or reasons[item.page.notebook]]
    strays = [] if topics else find_strays(root)
    for stray in strays:
        print(stray, file=sys.stderr)
    if check:
        drifted = [(name, reason) for name, reason in reasons.items() if reason]
        for name, reason in drifted:
            print(f"{name}: {reason}", file=sys.stderr)
        if drifted or strays or broken:
            command = f"course build --language {language}" if language else "course build"
            print(f"`{command}` makes notebooks anew from sources/", file=sys.stderr)
            return 1
        print(f"{len(planned)} notebooks say what their sources say")
        return 0
    spared = [item for item in stale if _holds_answers(root / item.page.notebook, item.page.kind)]
    current = len(planned) - len(stale)
    stale = [item for item in stale if item not in spared]
    status = _make(stale, root, jobs) if stale else 0
    if current and not status:
        print(f"{current} of {len(planned)} notebooks are up to date (--force makes them anew)")
    return status or int(bool(broken or spared))


def _holds_answers(path: Path, kind: str) -> bool:
    """Whether somebody answered in this exercise notebook, which is then said: it is not overwritten."""
    from course_tools.authoring.answered import answers_in
    from course_tools.authoring.layout import Kind

    answers = answers_in(path) if kind == Kind.EXERCISE else []
    if answers:
        print(
            f"{path}: not built, because it holds answers ({', '.join(answers)}) that would be lost: "
            "save it under another name, delete this one, and build again",
            file=sys.stderr,
        )
    return bool(answers)


def _make(stale: "Sequence[Planned]", root: Path, jobs: int) -> int:
    """Execute what is stale and write each notebook that ran to its end."""
    # Only now: with the kernels' machinery `--check` would take twice as long.
    from course_tools.authoring.batch import Work, execute_all, write_notebook
    from course_tools.authoring.compose import notebook_metadata
    from course_tools.authoring.execute import CellFailed, kernel_environment
    from course_tools.authoring.outputs import OutputError, clean_outputs, machine_places

    places = machine_places(root)

    def keep(work: Work, failure: CellFailed | None) -> str:
        if failure:
            return ""
        for position, cell in enumerate(work.notebook.cells):
            if cell.cell_type == "code":
                try:
                    clean_outputs(cell, places)
                except OutputError as error:
                    raise CellFailed(position, 1, str(error)) from None
        work.notebook.metadata.update(notebook_metadata())  # nbclient put the Python version in
        write_notebook(work.notebook, root / work.page.notebook)
        return "built"

    work = [Work(item.page, item.source, item.notebook, item.page.notebook) for item in stale]
    environment = kernel_environment(threads=1, changes=WITHOUT_NETWORK)
    return execute_all(work, jobs=jobs, environment=environment, keep=keep)
