"""The answer of an exercise, between `### BEGIN SOLUTION` and `### END SOLUTION`, and what is left without it."""

from collections.abc import Iterator
from typing import NamedTuple

from course_tools.authoring.problems import Problem

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"

# nbgrader's own stubs: what its ClearSolutions puts in place of an answer.
CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)


class Region(NamedTuple):
    """An answer: the line numbers of its markers, counted from 0 within the cell."""

    begin: int
    end: int


def find_regions(source: str, first_line: int = 1) -> tuple[list[Region], list[Problem]]:
    """The answers in a cell and what is wrong with their markers; `first_line` is the cell's line in the file."""
    regions: list[Region] = []
    problems: list[Problem] = []
    begin: int | None = None
    for index, line in enumerate(source.split("\n")):
        text = line.strip()
        if text == BEGIN:
            if begin is not None:
                problems.append(Problem(first_line + index, f"a second '{BEGIN}' before '{END}'"))
            begin = index
        elif text == END:
            if begin is None:
                problems.append(Problem(first_line + index, f"'{END}' without '{BEGIN}' before it in this cell"))
            else:
                regions.append(Region(begin, index))
            begin = None
        elif "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            # nbgrader would take it for a marker, wherever in the line it stands.
            problems.append(Problem(first_line + index, f"a marker is '{BEGIN}' or '{END}' alone on its line"))
    if begin is not None:
        problems.append(Problem(first_line + begin, f"'{BEGIN}' without '{END}' in the same cell"))
    return regions, problems


def cut(source: str, *, code: bool) -> str:
    """The cell as students get it: each answer replaced by nbgrader's stub, indented as its first marker."""
    stub = CODE_STUB if code else TEXT_STUB
    kept: list[str] = []
    inside = False
    for line in source.split("\n"):
        if line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + text for text in stub]
            inside = True
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def answer_lines(source: str) -> Iterator[tuple[int, str]]:
    """The lines of the answers in a cell, each with its number counted from 0."""
    lines = source.split("\n")
    for region in find_regions(source)[0]:
        for index in range(region.begin + 1, region.end):
            yield index, lines[index]
