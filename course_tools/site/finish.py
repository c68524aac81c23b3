"""What the generators of the pages leave for axe-core to find, put right in the finished page."""

import re
from pathlib import Path

from course_lib.util.language.direction import direction_of

_EMPTY_HEADER = re.compile(r"<th\b[^>]*>(?:<p>\s*</p>)?</th>")
_FORMULA_HEADER = re.compile(
    r"(?P<open><th\b[^>]*>(?:<p>)?(?:<bdi\b[^>]*>)?)(?P<formula><span class=\"formula\"><math.*?</math></span>)(?=</)"
)
_LANGUAGE = re.compile(r"<html\b[^>]*?\blang=\"(?P<language>[\w-]+)\"")
_LETTERS = re.compile(r"<[^>]+>")
_SIGNATURE = re.compile(r"<dt class=\"sig .*?</dt>", re.DOTALL)

# MyST-NB gives every folded cell this name, in place of the words that stand on it.
_WRONG_NAME = ' aria-label="Toggle hidden content"'


def finish(folder: Path) -> None:
    """Put every page below `folder` right."""
    for path in folder.rglob("*.html"):
        path.write_text(finished(path.read_text(encoding="utf-8")), encoding="utf-8")


def finished(page: str) -> str:
    """A page of HTML: in the direction of its language, no empty head of a column, no false list, controls named."""
    page = page.replace(_WRONG_NAME, "")
    page = _LANGUAGE.sub(_with_direction, page, count=1)
    page = _EMPTY_HEADER.sub("<td></td>", page)
    page = _FORMULA_HEADER.sub(_with_words, page)
    return _SIGNATURE.sub(_without_list, page)


def _with_direction(found: re.Match[str]) -> str:
    """The beginning of the page, with the direction of its language where that is not the usual one."""
    direction = direction_of(found["language"])
    return found[0] if direction == "ltr" else f'{found[0]} dir="{direction}"'


def _with_words(found: re.Match[str]) -> str:
    """The head of a column that is a formula alone, said in letters too: axe-core reads no MathML."""
    letters = " ".join(_LETTERS.sub(" ", found["formula"]).split())
    formula = found["formula"].replace("<span", '<span aria-hidden="true"', 1)
    return f'{found["open"]}{formula}<span class="visually-hidden">{letters}</span>'


def _without_list(found: re.Match[str]) -> str:
    """A signature over several lines: Sphinx makes it a list of definitions that defines nothing."""
    lines = found[0].replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
    return re.sub(r"<(/?)dl>", r"<\1span>", lines)
