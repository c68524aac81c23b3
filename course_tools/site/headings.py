"""Headings that go down one step at a time, as readers who hear a page rely on."""

import re

_HEADING = re.compile(r"(?P<marks>#{1,6})(?P<text> .*)")
_FENCE = re.compile(r"\s*(```|~~~)")


def step_by_step(text: str, level: int = 0) -> tuple[str, int]:
    """The markdown with every heading at most one step below the one before, and the level of the last one.

    level: of the last heading before the text, 0 if it is the first of the page.
    """
    lines, in_code = [], False
    for line in text.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        elif not in_code and (found := _HEADING.fullmatch(line)):
            level = min(len(found["marks"]), level + 1)
            line = "#" * level + found["text"]
        lines.append(line)
    return "\n".join(lines), level
