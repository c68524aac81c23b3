"""`course site`: the course as a web site in a folder, which loads nothing from elsewhere."""

import argparse
from pathlib import Path

from course_tools.options import add_jobs, quoted

HELP = "make the web site in build/site"
EPILOG = "Opens in a browser from the disk: build/site/index.html."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to make it (default: build/site)")
    parser.add_argument("--repository", metavar="URL", help="public address of the course (default: pyproject.toml's)")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a page with a model, linked from the front page")
    add_jobs(parser, "processes")


def run(options: argparse.Namespace) -> int:
    """Make the site and say where it is."""
    from course_tools.authoring.layout import configured_repository, find_course
    from course_tools.site.build import build_site

    root = find_course()
    out = options.out or root / "build" / "site"
    repository = configured_repository(root) if options.repository is None else options.repository
    seconds = build_site(root, out, repository=repository, model=options.model, jobs=options.jobs)
    print(f"{quoted(out / 'index.html')}: made in {seconds:.0f} seconds")
    return 0
