"""Texts in the code of a lesson that a reader sees in a picture or under a fold: titles, axes, labels, alt texts.

Comments, printed lines and names stay English, since a line that mixes directions cannot be read in an editor.
"""

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from course_tools.authoring.cells import Cell

KEYWORDS = ("title", "xlabel", "ylabel", "label", "alt", "folded")
REVEALING = ("reveal", "show_folded")  # their first argument stands before what is folded
DRAWN = ("annotate", "text")  # methods whose second kind of argument, a text, is drawn
_WORDS = re.compile(r"[A-Za-z]{2,}")
_SEVERAL_WORDS = re.compile(r"[A-Za-z].* |.* [A-Za-z]")


class Found(NamedTuple):
    """A text in code: what it says, in an f-string with its braces, and where it stands."""

    text: str
    start: tuple[int, int]  # line from 1, column in bytes from 0
    end: tuple[int, int]
    has_values: bool  # it is an f-string


def code_strings(cell: Cell) -> list[Found]:
    """The texts of a code cell that are translated; every other place where the same text stands as well."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:  # what only IPython reads
        return []
    told = set(_told(tree, drawing=cell.fold == "drawing"))
    every = [_found(node, cell.source) for node in _outermost(tree)]
    return [found for found in every if found.text in told]


def translated_code(cell: Cell, translate: Callable[[str], str | None]) -> str:
    """The code with its texts in another language; one without a translation stays as it is."""
    lines = [line.encode() for line in cell.source.split("\n")]
    for found in reversed(code_strings(cell)):
        text = translate(found.text)
        if text is None:
            continue
        (first, start), (last, end) = found.start, found.end
        literal = _literal(text, has_values=found.has_values).encode()
        lines[first - 1 : last] = [lines[first - 1][:start] + literal + lines[last - 1][end:]]
    return b"\n".join(lines).decode()


def _told(tree: ast.Module, *, drawing: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts: list[ast.expr] = [word.value for word in node.keywords if word.arg in KEYWORDS]
        if name in REVEALING:
            texts += node.args[:1]
        if drawing and name in DRAWN:
            texts += node.args
        if drawing and name == "zip":
            texts += [item for argument in node.args if isinstance(argument, ast.List) for item in argument.elts]
        for text in texts:
            said = _text(text)
            if said is not None and _WORDS.search(re.sub(r"\{[^}]*\}", "", said)):
                yield said


def _outermost(tree: ast.AST) -> Iterator[ast.expr]:
    """Strings and f-strings in the order of the text, without the parts that f-strings consist of."""
    for node in ast.iter_child_nodes(tree):
        if _text(node) is not None:
            yield node  # type: ignore[misc]
        else:
            yield from _outermost(node)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return ast.unparse(node)[2:-1]  # f'…', which keeps the braces and what stands in them
    return None


def _found(node: ast.expr, source: str) -> Found:
    text = _text(node) or ""
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return Found(text, (node.lineno, node.col_offset), end, isinstance(node, ast.JoinedStr))


def _literal(text: str, *, has_values: bool) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'f"{escaped}"' if has_values else f'"{escaped}"'
