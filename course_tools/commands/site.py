"""`course site`: the course as a web site in a folder, which loads nothing from elsewhere."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from course_tools.options import add_jobs, quoted

HELP = "make the web site in build/site"
EPILOG = "Open build/site/index.html in a browser: it needs no server and no network."
OWN_MODEL = "howsam"  # the one that comes with the course


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to make it (default: build/site)")
    parser.add_argument("--repository", metavar="URL", help="public address of the course (default: pyproject.toml's)")
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="a page of `course share` (default: one of the course's own model)"
    )
    parser.add_argument("--strict", action="store_true", help="make nothing if a link leads nowhere, or the like")
    add_jobs(parser, "processes")


def run(options: argparse.Namespace) -> int:
    """Make the site and say where it is."""
    from course_tools.authoring.layout import configured_repository, find_course
    from course_tools.site.build import build_site

    started = time.perf_counter()
    root = find_course()
    out = options.out or root / "build" / "site"
    repository = configured_repository(root) if options.repository is None else options.repository
    with tempfile.TemporaryDirectory(prefix="course-page-") as scratch:
        model = options.model or _own_model(Path(scratch))
        warnings = build_site(root, out, repository=repository, model=model, jobs=options.jobs, strict=options.strict)
    if warnings:
        print(warnings, file=sys.stderr)
    print(f"{quoted(out / 'index.html')}: made in {time.perf_counter() - started:.0f} seconds")
    return 0


def _own_model(folder: Path) -> Path:
    """A page with the model that comes with the course."""
    from course_tools.share.assemble import write_page
    from course_tools.share.shared import read_shared

    page = folder / "model.html"
    write_page(page, read_shared(OWN_MODEL), title="The course's own model")
    return page
