"""A cell as the Python that IPython makes of it: magics, shell commands, questions and prompts, read by its own rules.

IPython reads a cell again from its top after each thing that it changes, which takes time by the square of a cell that
is full of them. Here the cell is read once, and only the lines of a command are handed to IPython.
"""

import re
import tokenize
from collections.abc import Callable, Iterator
from typing import cast

from IPython.core.inputtransformer2 import (
    ESCAPE_SINGLES,
    TransformerManager,
    find_end_of_continued_line,
    leading_empty_lines,
)

MAX_COMMANDS = 1_000  # of a cell that are read
_PYTHON_CELL_MAGIC = re.compile(r"%%(time|timeit|capture|prun)\b")  # the rest of the cell is Python
# Runs a statement as if it stood there alone, or gives what an expression gives. In a function it can set no name.
_TIMED = re.compile(r"(?P<before>(?:[^%=]*=\s*)?)%time\s+(?P<code>\S)")


def without_magics(source: str) -> str:
    """Python without what only IPython understands, line for line; empty for a cell in another language."""
    manager = TransformerManager()
    lines = f"{source}\n".splitlines(keepends=True)
    for clean in cast(list[Callable[[list[str]], list[str]]], manager.cleanup_transforms):
        if clean is not leading_empty_lines:  # which would move all lines
            lines = clean(lines)
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if not _PYTHON_CELL_MAGIC.match(lines[first]):
            return ""
        return "\n" * (first + 1) + without_magics("".join(lines[first + 1 :]).removesuffix("\n"))
    position = 0
    for _ in range(MAX_COMMANDS):
        command = _next_command(lines, position)
        if command is None:
            break
        begin, end = command
        lines[begin:end] = _as_python(lines[begin:end], manager)
        position = end
    return "".join(lines).removesuffix("\n")


def _as_python(command: list[str], manager: TransformerManager) -> list[str]:
    """The lines of one command as Python, as many as they were."""
    if (match := _TIMED.match(command[0])) is not None:
        return [command[0][: match.end("before")] + command[0][match.start("code") :], *command[1:]]
    try:
        made = manager.do_token_transforms(command)
    except (SyntaxError, RuntimeError):
        return command
    return [*made, *["\n"] * (len(command) - len(made))]


def _next_command(lines: list[str], position: int) -> tuple[int, int] | None:
    """Where the next lines that are not Python begin and end, at or after `position`; None if there are no more."""
    begin: int | None = None  # of the statement at hand
    depth = 0  # of brackets, within which nothing is a command
    before = ""
    for token in _tokens(lines, position):
        here = position + token.start[0] - 1
        if token.type in (tokenize.NEWLINE, tokenize.NL):
            begin = begin if depth else None
            continue
        if token.type in (tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT) or not token.string.strip():
            continue
        opens = begin is None and token.string in ESCAPE_SINGLES
        begin = here if begin is None else begin
        if opens or (depth == 0 and (token.string == "?" or (before == "=" and token.string in ("%", "!")))):
            return begin, find_end_of_continued_line(lines, here) + 1
        if token.type == tokenize.OP and token.string in "([{":
            depth += 1
        elif token.type == tokenize.OP and token.string in ")]}":
            depth = max(depth - 1, 0)
        before = token.string
    return None


def _tokens(lines: list[str], position: int) -> Iterator[tokenize.TokenInfo]:
    """The tokens from a line on, as far as they can be told apart. How far a line is indented does not matter here."""
    rest = (lines[index].lstrip(" \t") for index in range(position, len(lines)))
    try:
        yield from tokenize.generate_tokens(rest.__next__)
    except (tokenize.TokenError, SyntaxError):
        return
