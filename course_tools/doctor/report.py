"""Findings, and the report that they make."""

from enum import Enum
from typing import NamedTuple

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
            lines.append(f"{finding.state.value:<6} {finding.what:<9} {finding.found}")
            if finding.remedy:
                lines.append(f"{'':<16} -> {finding.remedy}")
        lines.append("Lessons will run." if self.lessons_will_run else "Lessons will not run until this is mended.")
        return "\n".join(lines)
