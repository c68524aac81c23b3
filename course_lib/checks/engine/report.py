"""What a learner sees of an examination, as plain text and as HTML, both from the same lines."""

import html
from dataclasses import dataclass
from typing import Literal

from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, Examination

Tone = Literal["title", "good", "bad", "open", "detail", "advice"]
MARKS = {"good": "✓ ", "bad": "✗ ", "open": "· ", "title": "", "detail": "    ", "advice": "→ "}
COLOURS = {RIGHT: "#0b7a4b", NOT_ATTEMPTED: "#7a7a7a"}  # the edge of the box; wrong is amber
AMBER = "#c77700"
BOX = "border-left: 4px solid {edge}; padding: 0.2em 0 0.2em 0.9em; margin: 0.3em 0; line-height: 1.45"
STYLES = {
    "title": "font-weight: 600",
    "good": "",
    "bad": "",
    "open": "color: #7a7a7a",
    "detail": "white-space: pre-wrap; font-family: monospace; margin-left: 1.4em",
    "advice": "margin-top: 0.3em",
}


@dataclass(frozen=True)
class Line:
    """One line of a report and what kind of line it is."""

    tone: Tone
    text: str


@dataclass(frozen=True)
class Report:
    """Lines for a person, shown by Jupyter as HTML and elsewhere as text; true if the answer is right."""

    lines: tuple[Line, ...]
    edge: str
    passed: bool = False

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return "\n".join(MARKS[line.tone] + line.text.replace("\n", "\n    ") for line in self.lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<div style="{STYLES[line.tone]}">{html.escape(MARKS[line.tone].lstrip() + line.text)}</div>'
            for line in self.lines
        )
        return f'<div style="{BOX.format(edge=self.edge)}">{rows}</div>'


def report_of(examination: Examination) -> Report:
    """Put an examination into words: first what failed and where, then the mistake's name, then where to go on."""
    name = examination.exercise.name
    edge = COLOURS.get(examination.status, AMBER)
    if examination.status == NOT_ATTEMPTED:
        lines = [
            Line("title", f"{name}: not attempted yet."),
            Line("advice", f"Replace `raise NotImplementedError()` by your answer, or ask for a nudge: hint({name})"),
        ]
        return Report(tuple(lines), edge)
    if examination.status == RIGHT:
        lines = [Line("title", f"{name}: right.")]
        lines += [Line("good", verdict.statement) for verdict in examination.verdicts]
        return Report(tuple(lines), edge, passed=True)
    return Report(tuple(_lines_of_wrong(examination)), edge)


def _lines_of_wrong(examination: Examination) -> list[Line]:
    exercise = examination.exercise
    lines = [Line("title", f"{exercise.name}: not right yet.")]
    explained = False
    for verdict in examination.verdicts:
        if not verdict.looked_at:
            lines.append(Line("open", f"{verdict.statement}: not looked at yet"))
            continue
        lines.append(Line("good" if verdict.holds else "bad", verdict.statement))
        if not verdict.holds and not explained:
            lines.append(Line("detail", verdict.detail))
            explained = True
    if examination.printed:
        lines.append(Line("detail", f"Your code printed:\n{examination.printed}"))
    if examination.mistake is not None:
        lines.append(Line("advice", f"Likely mistake: {examination.mistake.name}. {examination.mistake.explanation}"))
    lines.append(Line("advice", f"Read again: {exercise.review}. For a hint: hint({exercise.name})"))
    lines.append(Line("advice", f"To try again on the same inputs: check({exercise.name}, seed={examination.seed})"))
    return lines


def note(title: str, text: str) -> Report:
    """A report that judges nothing: a hint, or a word about how to call `check`."""
    return Report((Line("title", title), Line("advice", text)), COLOURS[NOT_ATTEMPTED])
