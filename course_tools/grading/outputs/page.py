"""HTML that is safe by construction: whatever is not made by `element` is escaped. Pages need no other file."""

import html
import re
from collections.abc import Iterable

from course_tools.grading.outputs.style import STYLE
from course_tools.grading.outputs.text import visible

# Nothing is loaded and nothing is run, even if a student's text should find a way in.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
VOID = ("meta", "br", "hr")
_INLINE = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*")


class Html(str):
    """Text that is HTML already."""


def element(name: str, *children: str, **attributes: str) -> Html:
    """An element. Children that are not Html are escaped; of an attribute's name a trailing underscore is dropped."""
    opened = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"' for key, value in attributes.items() if value
    )
    if name in VOID:
        return Html(f"<{name}{opened}>")
    return Html(f"<{name}{opened}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Html:
    """Children one after another."""
    return Html("".join(child if isinstance(child, Html) else escaped(child) for child in children))


def escaped(text: str) -> str:
    """Text for HTML, in which nothing is hidden and nothing is markup."""
    return html.escape(visible(text), quote=True)


def inline(text: str) -> Html:
    """Text with `code` and **strong words** as Markdown has them."""
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        code, strong = match.groups()
        parts += [text[end : match.start()], element("code", code) if code else element("strong", strong)]
        end = match.end()
    return joined([*parts, text[end:]])


def paragraphs(text: str) -> Html:
    """Paragraphs, parted by empty lines."""
    return joined(element("p", inline(part)) for part in re.split(r"\n\s*\n", text.strip()))


def page(title: str, *children: str, wide: bool = False) -> str:
    """A whole page, in a light or a dark dress as the reader's system has it."""
    head = element(
        "head",
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        element("title", title),
        element("style", Html(STYLE)),
    )
    body = element("body", element("main", *children, class_="wide" if wide else ""))
    return f'<!doctype html>\n<html lang="en">{head}\n{body}</html>\n'


def table(caption: str, headings: Iterable[str], rows: Iterable[Iterable[Html]]) -> Html:
    """A table that scrolls by itself on a narrow screen. rows: cells, each an element td or th."""
    titles = joined(
        heading if isinstance(heading, Html) else element("th", heading, scope="col") for heading in headings
    )
    body = joined(element("tr", *row) for row in rows)
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", titles)),
        element("tbody", body),
    )
    # reachable by keyboard, so that one can scroll there without a mouse
    return element("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)


def row_head(*children: str) -> Html:
    """The cell that says what its row is about."""
    return element("th", *children, scope="row")


def cell(*children: str) -> Html:
    """An ordinary cell."""
    return element("td", *children)


def numeric(text: str) -> Html:
    """A cell with a number, set to the right."""
    return element("td", text, class_="n")


def numeric_head(text: str) -> Html:
    """The heading of a column of numbers."""
    return element("th", text, class_="n", scope="col")


def bar(parts: Iterable[tuple[str, float]], whole: float) -> Html:
    """Parts of a whole, side by side: (class, size). For the eye alone; the numbers stand in cells beside it."""
    pieces = [
        element("i", class_=kind, style=f"width: {100 * size / whole:.2f}%") for kind, size in parts if size and whole
    ]
    return element("td", element("div", *pieces, class_="track", aria_hidden="true"), class_="bar")


def not_isolated() -> Html:
    """What a report says, in large letters, if student code ran without a sandbox."""
    return element(
        "div",
        element("strong", "NOT ISOLATED"),
        "Student code ran without a sandbox: it could read and change files, and use the network. Grades are computed "
        "out of its reach as far as possible.",
        class_="alarm",
        role="note",
    )
