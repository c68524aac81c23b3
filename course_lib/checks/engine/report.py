"""What a learner sees of an examination, as plain text and as HTML, both from the same lines."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from course_lib.checks.engine.catalogue import topic_of
from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, Examination
from course_lib.util.language import Words, words
from course_lib.util.language.direction import isolated, reads_from_the_right

Tone = Literal["title", "good", "bad", "open", "detail", "advice"]
MARKS = {"good": "✓ ", "bad": "✗ ", "open": "· ", "title": "", "detail": "    ", "advice": "→ "}
COLOURS = {RIGHT: "#0b7a4b", NOT_ATTEMPTED: "#7a7a7a"}  # the edge of the box; wrong is amber
AMBER = "#c77700"
BOX = "border-left: 4px solid {edge}; padding: 0.2em 0 0.2em 0.9em; margin: 0.3em 0; line-height: 1.45"
MIRRORED = "border-right: 4px solid {edge}; padding: 0.2em 0.9em 0.2em 0; margin: 0.3em 0; line-height: 1.7"
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
    """Lines for a person, shown by Jupyter as HTML and elsewhere as text; true if the answer is right.

    direction: in which the language is read, "ltr" or "rtl".
    """

    lines: tuple[Line, ...]
    edge: str
    passed: bool = False
    direction: str = "ltr"

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return "\n".join(MARKS[line.tone] + line.text.replace("\n", "\n    ") for line in self.lines)

    def _repr_html_(self) -> str:
        if self.direction == "rtl":
            rows = "".join(_mirrored(line) for line in self.lines)
            return f'<div dir="rtl" style="{MIRRORED.format(edge=self.edge)}">{rows}</div>'
        rows = "".join(
            f'<div style="{STYLES[line.tone]}">{html.escape(MARKS[line.tone].lstrip() + line.text)}</div>'
            for line in self.lines
        )
        return f'<div style="{BOX.format(edge=self.edge)}">{rows}</div>'


def _mirrored(line: Line) -> str:
    """A line that is read from the right; of its rows those that only hold numbers or code are read from the left."""
    rows = []
    for row in (MARKS[line.tone].lstrip().replace("→", "←") + line.text).split("\n"):
        if reads_from_the_right(row) or not row.strip():
            inside = isolated(row, lambda run: f'<bdi dir="ltr">{html.escape(run)}</bdi>', html.escape)
            rows.append(f"<div>{inside}</div>")
        else:
            rows.append(f'<div dir="ltr" style="text-align: left">{html.escape(row)}</div>')
    return f'<div style="{STYLES[line.tone].replace("margin-left", "margin-right")}">{"".join(rows)}</div>'


def report_of(examination: Examination) -> Report:
    """Put an examination into words: first what failed and where, then the mistake's name, then where to go on."""
    name = examination.exercise.name
    edge = COLOURS.get(examination.status, AMBER)
    spoken = words(topic_of(name))
    if examination.status == NOT_ATTEMPTED:
        nudge = "Replace `raise NotImplementedError()` by your answer, or ask for a nudge: hint({0})"
        lines = [
            Line("title", spoken.say("{0}: not attempted yet.", name)),
            Line("advice", spoken.say(nudge, name)),
        ]
        return Report(tuple(lines), edge, direction=spoken.direction)
    if examination.status == RIGHT:
        lines = [Line("title", spoken.say("{0}: right.", name))]
        lines += [Line("good", spoken.tell(verdict.statement)) for verdict in examination.verdicts]
        return Report(tuple(lines), edge, passed=True, direction=spoken.direction)
    return Report(tuple(_lines_of_wrong(examination, spoken)), edge, direction=spoken.direction)


def _lines_of_wrong(examination: Examination, spoken: Words) -> list[Line]:
    exercise = examination.exercise
    say, tell = spoken.say, spoken.tell
    lines = [Line("title", say("{0}: not right yet.", exercise.name))]
    explained = False
    for verdict in examination.verdicts:
        if not verdict.looked_at:
            lines.append(Line("open", say("{0}: not looked at yet", tell(verdict.statement))))
            continue
        lines.append(Line("good" if verdict.holds else "bad", tell(verdict.statement)))
        if not verdict.holds and not explained:
            lines.append(Line("detail", tell(verdict.detail)))
            explained = True
    if examination.printed:
        lines.append(Line("detail", say("Your code printed:\n{0}", examination.printed)))
    if examination.mistake is not None:
        mistake = examination.mistake
        lines.append(Line("advice", say("Likely mistake: {0}. {1}", tell(mistake.name), tell(mistake.explanation))))
    elif examination.seen:
        lines.append(Line("advice", say("What can be seen: {0}", _sentences(map(tell, examination.seen)))))
    lines.append(Line("advice", say("Read again: {0}. For a hint: hint({1})", tell(exercise.review), exercise.name)))
    again = "To try again on the same inputs: check({0}, seed={1})"
    lines.append(Line("advice", say(again, exercise.name, examination.seed)))
    return lines


def _sentences(seen: Iterable[str]) -> str:
    """Each with a full stop, unless it asks something, and the later ones with a capital."""
    told = [one if one.endswith(("?", ".")) else f"{one}." for one in seen]
    return " ".join([*told[:1], *(f"{one[0].upper()}{one[1:]}" for one in told[1:])])


def note(title: str, text: str, topic: str = "") -> Report:
    """A report that judges nothing: a hint, or a word about how to call `check`."""
    spoken = words(topic)
    lines = (Line("title", spoken.tell(title)), Line("advice", spoken.tell(text)))
    return Report(lines, COLOURS[NOT_ATTEMPTED], direction=spoken.direction)
