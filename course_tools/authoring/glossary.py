"""One thing, one name: `docs/glossary.md` is read for the spellings that a lesson's text may not use."""

import re
from collections.abc import Mapping
from pathlib import Path

from course_tools.authoring.cells import Source
from course_tools.authoring.problems import Problem

GLOSSARY = "docs/glossary.md"

_CODE = re.compile(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)")  # code, formulas and addresses spell as they must


def read_refused(root: Path) -> dict[str, str]:
    """Each refused spelling with the term to write; none where the course has no glossary.

    Raises ValueError, with the line, for a row of the table that has not its four columns.
    """
    path = root / GLOSSARY
    refused: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.startswith("|")]
    for number, line in rows[2:]:  # the first two are the table's head
        columns = [column.strip() for column in line.strip("|").split("|")]
        if len(columns) != 4:
            raise ValueError(f"{GLOSSARY}:{number}: a row has four columns, not {len(columns)}")
        term, _, _, spellings = columns
        refused |= {spelling.strip(): term for spelling in spellings.split(",") if spelling.strip()}
    return refused


def find_problems(source: Source, refused: Mapping[str, str]) -> list[Problem]:
    """The refused spellings in the text of a source, with the line and the term to write instead."""
    if not refused:
        return []
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(refused, key=len, reverse=True)))})\b", re.IGNORECASE)
    terms = {spelling.lower(): term for spelling, term in refused.items()}
    problems = []
    for cell in source.cells:
        if cell.type != "markdown":
            continue
        for index, line in enumerate(cell.source.split("\n")):
            for match in pattern.finditer(_CODE.sub(lambda code: " " * len(code[0]), line)):
                message = f"{match[0]!r} is called {terms[match[0].lower()]!r} here (docs/glossary.md)"
                problems.append(Problem(cell.line + index, message))
    return problems
