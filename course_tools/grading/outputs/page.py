"""HTML that is safe by construction: whatever is not made by `element` is escaped."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from course_lib.util.language import IN_ENGLISH, Words
from course_lib.util.language.direction import isolated, reads_from_the_right
from course_tools.grading.outputs.templating import render
from course_tools.grading.outputs.text import visible

VOID = ("meta", "br", "hr")
_INLINE = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*")


class Html(Markup):
    """Text that is HTML already; templates take it as it is."""


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


def mixed(text: str, direction: str) -> Html:
    """Text; in one that is read from the right ("rtl"), Latin words and numbers keep their own order."""
    if direction == "ltr":
        return joined([text])
    return Html(isolated(text, lambda run: element("bdi", run, dir="ltr"), escaped))


def written_out(text: str, direction: str) -> Html:
    """Text with its rows and spaces; of one that is read from the right, rows of numbers or code are not."""
    if direction == "ltr":
        return element("pre", text)
    rows = [
        element("span", mixed(row, direction), dir="rtl" if reads_from_the_right(row) else "ltr", class_="row")
        for row in visible(text).split("\n")
    ]
    return element("pre", *rows)


def inline(text: str, direction: str = "ltr") -> Html:
    """Text with `code` and **strong words** as Markdown has them."""
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        code, strong = match.groups()
        before = mixed(text[end : match.start()], direction)
        parts += [before, element("code", code) if code else element("strong", strong)]
        end = match.end()
    return joined([*parts, mixed(text[end:], direction)])


def paragraphs(text: str, shown: Callable[[str], Html] = inline) -> Html:
    """Paragraphs, parted by empty lines. shown: what becomes of the text of each."""
    return joined(element("p", shown(part)) for part in re.split(r"\n\s*\n", text.strip()))


def page(title: str, *children: str, wide: bool = False, words: Words = IN_ENGLISH) -> str:
    """A whole page, in a light or a dark dress as the reader's system has it. words: of its language."""
    shell = {"language": words.language, "direction": words.direction}
    return render("base.html", title=title, content=joined(children), wide=wide, **shell)


@dataclass(frozen=True)
class Cell:
    """A cell of a table, which says on a narrow screen under which heading it stands."""

    content: Html
    name: str = "td"
    attributes: Mapping[str, str] = field(default_factory=dict)

    def under(self, heading: str) -> Html:
        """The cell as HTML."""
        return element(self.name, self.content, data_label=heading, **self.attributes)


def table(caption: str, headings: Iterable[str | Cell], rows: Iterable[Iterable[Cell]]) -> Html:
    """A table; on a narrow screen each row is a block, its cells under one another. rows: the first cell heads it."""
    titles = [heading if isinstance(heading, Cell) else _title(heading) for heading in headings]
    labels = [str(title.attributes.get("aria_label") or html.unescape(title.content.striptags())) for title in titles]
    body = joined(element("tr", *(cell.under(label) for cell, label in zip(row, labels, strict=True))) for row in rows)
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *(title.under("") for title in titles))),
        element("tbody", body),
    )
    # reachable by keyboard, so that one can scroll there without a mouse
    return element("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)


def row_head(*children: str) -> Cell:
    """The cell that says what its row is about."""
    return Cell(joined(children), "th", {"scope": "row"})


def cell(*children: str) -> Cell:
    """An ordinary cell."""
    return Cell(joined(children))


def numeric(text: str) -> Cell:
    """A cell with a number, set to the right."""
    return Cell(joined([text]), attributes={"class_": "n"})


def count(number: int) -> Cell:
    """A cell with how many there are; of none a dot, so that the others are seen."""
    return Cell(joined([str(number) if number else "·"]), attributes={"class_": "n" if number else "n zero"})


def _title(text: str, **attributes: str) -> Cell:
    return Cell(joined([text]), "th", {"scope": "col", **attributes})


def numeric_head(text: str, meaning: str = "") -> Cell:
    """The heading of a column of numbers. meaning: of a sign, in words."""
    return _title(text, class_="n", title=meaning, aria_label=meaning)


def no_head() -> Cell:
    """In place of a heading, over what the eye alone sees."""
    return Cell(Html())


def bar(parts: Iterable[tuple[str, float]], whole: float) -> Cell:
    """Parts of a whole, side by side: (class, size). For the eye alone; the numbers stand in cells beside it."""
    pieces = [
        element("i", class_=kind, style=f"width: {100 * size / whole:.2f}%") for kind, size in parts if size and whole
    ]
    track = element("div", *pieces, class_="track", aria_hidden="true")
    return Cell(track, attributes={"class_": "bar"})


def not_isolated(tell: Callable[[str], str] = str) -> Html:
    """What a report says, in large letters, if student code ran without a sandbox. tell: says it in a language."""
    return element(
        "div",
        element("strong", tell("NOT ISOLATED")),
        tell(
            "Student code ran without a sandbox: it could read and change files, and use the network. Grades are "
            "computed out of its reach as far as possible."
        ),
        class_="alarm",
        role="note",
    )
