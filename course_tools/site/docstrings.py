"""The course's docstrings, which are plain English with `code` in it, as reStructuredText."""

import re

INDENT = 4  # columns from which on lines are a drawing or code, kept as they are

_CODE = re.compile(r"`(?P<code>[^`\n]+)`")
_SPECIAL = re.compile(r"[\\*_|]")
_EMPHASIS = re.compile(r"(?<![\w'\"])\\\*(\w+)\\\*(?!\w)")
_BULLET = ("- ", "* ")
_PARAMETER = re.compile(r"(?P<names>[a-z_]\w*(?:, [a-z_]\w*)*): ")


def as_restructured(lines: list[str]) -> list[str]:
    """The lines of a docstring so that Sphinx shows every character that stands in it.

    Indented lines become a block of code, `x: what it is` at the beginning of a line a paragraph of its own.
    """
    out: list[str] = []
    in_block = in_list = False
    for line in lines:
        indented = line.startswith(" " * INDENT)
        if indented and not in_block and (not out or not out[-1].strip()):
            out += ["::", ""]
            in_block = True
        elif in_block and line.strip() and not indented:
            in_block = False
        if in_block:
            out.append(line)
            continue
        follows_text = bool(out) and bool(out[-1].strip())
        bullet = line.startswith(_BULLET)
        if follows_text and (_begins_parameter(line, out) or bullet or (in_list and not line.startswith(" "))):
            out.append("")
        in_list = bullet or (in_list and line.startswith(" "))
        out.append(("  " if in_list and not bullet else "") + _escaped(line.strip()))
    return out


def _begins_parameter(line: str, before: list[str]) -> bool:
    return bool(_PARAMETER.match(line)) and before[-1].rstrip().endswith((".", ":", ")"))


def _escaped(line: str) -> str:
    """The line with code in double backticks, and without any mark that reStructuredText would read as its own."""
    parts: list[str] = []
    end = 0
    for found in _CODE.finditer(line):
        parts += [_SPECIAL.sub(r"\\\g<0>", line[end : found.start()]), f"``{found['code']}``\\ "]
        end = found.end()
    parts.append(_SPECIAL.sub(r"\\\g<0>", line[end:]).replace("`", "\\`"))
    return _EMPHASIS.sub(r"*\g<1>*", "".join(parts))
