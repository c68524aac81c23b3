"""From the repository to build/site: stage the sources, let Sphinx make the pages, put them in place in one step."""

import io
import re
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import SphinxError

from course_lib.util.files import replacing
from course_lib.util.topics import TOPICS
from course_tools.authoring.layout import Kind, Page
from course_tools.site import api, editions, front, notebooks, prose
from course_tools.site.finish import finish
from course_tools.site.pictures import Pictures
from course_tools.site.settings import settings

_NOT_FOR_READERS = ("_sources", ".buildinfo*", "objects.inv", "*.map", "webpack-macros.html")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class SiteError(ValueError):
    """Something in a page that Sphinx does not understand; the message names page and line."""


def build_site(
    root: Path, out: Path, *, repository: str = "", model: Path | None = None, jobs: int = 1, strict: bool = False
) -> str:
    """Make the site of the course at `root` in the folder `out`; what was there is replaced. Gives Sphinx's warnings.

    repository: the public address of the course, where it has one.   model: a page that holds a trained model, to be
    linked from the front page.   jobs: processes at a time.   strict: make nothing where there is a warning, such as
    of a link that leads nowhere.
    Raises SiteError for a formula, a notebook or a docstring that cannot be read, and for warnings if `strict`.
    """
    if model is not None and not model.is_file():
        raise FileNotFoundError(f"there is no page {model} with a model; make one: course share RUN --out {model}")
    with tempfile.TemporaryDirectory(prefix="course-site-") as scratch:
        folder, extra, made = (Path(scratch) / name for name in ("sources", "extra", "site"))
        stage(root, folder, extra, repository=repository, model=model)
        translated = editions.translated(root)
        configuration = settings(extra, repository, alternates=editions.links(translated))
        warnings = _make_pages(folder, made, configuration, jobs)
        for edition in translated:
            below = _make_edition(edition, root, Path(scratch) / edition.language, made, configuration, jobs)
            warnings = "\n".join(filter(None, (warnings, below)))
        if warnings and strict:
            raise SiteError(f"the site was not made:\n{warnings}")
        finish(made)
        with replacing(out) as unfinished:
            shutil.copytree(made, unfinished, ignore=shutil.ignore_patterns(*_NOT_FOR_READERS))
            if out.is_dir():
                shutil.rmtree(out)
    return warnings


def stage(root: Path, folder: Path, extra: Path, *, repository: str, model: Path | None) -> None:
    """Write the sources of all pages into `folder`, and the files that the site holds besides into `extra`."""
    pictures = Pictures(extra)
    extra.mkdir(parents=True)
    for kind in Kind:
        for topic in TOPICS:
            notebooks.stage(Page(topic, kind), root, folder, pictures)
    for page in prose.pages(root):
        prose.stage(page, root, folder, pictures, repository)
    api.stage(folder)
    front.stage(root, folder, model=model is not None)
    if model is not None:
        shutil.copyfile(model, extra / front.MODEL)
    (extra / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with an underscore


def _make_edition(
    edition: editions.Edition, root: Path, scratch: Path, made: Path, configuration: dict[str, Any], jobs: int
) -> str:
    """Make the pages of an edition in a folder of `made`, and give what Sphinx warns of.

    In a process of its own: within one, Sphinx keeps the words of the language that came first.
    """
    folder, extra = scratch / "sources", scratch / "extra"
    editions.stage(edition, root, folder, extra)
    theirs = editions.settings(edition, folder, configuration) | {"html_extra_path": [str(extra)]}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_make_pages, folder, made / edition.language, theirs, jobs).result()


def _make_pages(folder: Path, out: Path, configuration: dict[str, Any], jobs: int) -> str:
    """Let Sphinx write the pages into `out`, and give what it warns of."""
    warnings = io.StringIO()
    try:
        app = Sphinx(
            srcdir=folder,
            confdir=None,
            outdir=out,
            doctreedir=folder.with_name("doctrees"),
            buildername="html",
            confoverrides=configuration,
            status=None,
            warning=warnings,
            freshenv=True,
            parallel=jobs,
        )
        app.build()
    except SphinxError as error:
        raise SiteError(f"the site was not made: {error}") from error
    return _COLOUR.sub("", warnings.getvalue()).strip().replace(f"{folder}/", "")
