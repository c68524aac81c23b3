"""Findings, and the report that they make."""

import re
from enum import Enum
from typing import NamedTuple

from course_tools.spoken import spoken, tell

INSTALL = "pip install -c constraints.txt -e '.[lab]'"


class State(Enum):
    """How a finding bears on the lessons; the value is the mark it is printed with."""

    GOOD = "ok"
    NOTE = "note"
    WRONG = "WRONG"


class Finding(NamedTuple):
    """One thing that was looked at: what was found and, unless all is well, what to do."""

    state: State
    what: str
    found: str
    remedy: str = ""


class Report(NamedTuple):
    """All findings of an examination."""

    findings: tuple[Finding, ...]

    @property
    def lessons_will_run(self) -> bool:
        """True if nothing is wrong; a note alone does not stop a lesson."""
        return all(finding.state is not State.WRONG for finding in self.findings)

    def __str__(self) -> str:
        lines = []
        for finding in self.findings:
            # Marks and names stay English: they are what one searches for, and keep the columns from left to right.
            lines.append(f"{finding.state.value:<6} {finding.what:<9} {_told(finding.found)}")
            if finding.remedy:
                lines.append(f"{'':<16} -> {tell(finding.remedy)}")
        end = "Lessons will run." if self.lessons_will_run else "Lessons will not run until this is mended."
        return "\n".join([*lines, tell(end)])


def _told(found: str) -> str:
    """What was found, in the chosen language: a sentence, several, or only names and numbers, which need none."""
    if not re.search(r"[A-Za-z]{2,}\s[a-z]{2,}", found):
        return found
    parts = [spoken().known(part) for part in found.split("; ")]
    return "; ".join(filter(None, parts)) if all(parts) else tell(found)
