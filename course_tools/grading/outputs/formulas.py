r"""Formulas as Jupyter writes them, `$\sqrt d$`, as MathML, which browsers draw without a script or a font from afar.

What becomes of a student's text is built anew of the elements and attributes below, so that nothing else of it is
markup and nothing is hidden. What cannot be read as a formula, or is too long to be one, is shown as it was typed.
"""

import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from course_tools.grading.outputs.page import Html, element, inline, joined

MAX_CHARACTERS = 1_000  # of one formula
MAX_FORMULAS = 200  # of one text
ELEMENTS = (
    *("math", "mrow", "mi", "mn", "mo", "mtext", "ms", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "menclose"),
)
ATTRIBUTES = (
    *("display", "stretchy", "mathvariant", "displaystyle", "scriptlevel", "linethickness", "columnalign", "fence"),
    *("separator", "accent", "accentunder", "movablelimits", "form", "notation", "symmetric"),
)
_VALUE = re.compile(r"[\w.% -]{1,40}")
_FORMULA = re.compile(r"`[^`\n]+`|\$\$(?P<block>[^$`]+)\$\$|\$(?P<inline>[^$`\s](?:[^$`\n]*[^$`\s])?)\$(?!\d)")


def with_formulas(text: str) -> Html:
    """Text with its formulas drawn, and with code and strong words as Markdown has them."""
    return joined(_parts(text))


def _parts(text: str) -> Iterator[str]:
    end = drawn = 0
    for match in _FORMULA.finditer(text):
        source = match["block"] or match["inline"]
        if not source or drawn == MAX_FORMULAS or (made := _drawn(source, block=bool(match["block"]))) is None:
            continue  # it stays part of the text before the next
        yield inline(text[end : match.start()])
        yield made
        end, drawn = match.end(), drawn + 1
    yield inline(text[end:])


def _drawn(source: str, *, block: bool) -> Html | None:
    """A formula as MathML; None if it is none."""
    if len(source) > MAX_CHARACTERS:
        return None
    try:
        made = _rebuilt(convert_to_element(source.strip(), display="block" if block else "inline"))
    except Exception:  # the library's own errors have no common kind; also RecursionError
        return None
    return element("span", made, class_="formula") if block else made


def _rebuilt(node: Element) -> Html:
    """The element, if it is one of those that formulas need; of another what is in it."""
    children = [_rebuilt(child) for child in node]
    text = html.unescape(node.text or "")
    if node.tag not in ELEMENTS:
        return element("mrow", *(text, *children))
    attributes = {
        name: value for name, value in node.attrib.items() if name in ATTRIBUTES and _VALUE.fullmatch(str(value))
    }
    return element(str(node.tag), text, *children, **attributes)
