"""Questions at the end of a lesson: each choice, once it is opened, says whether it is right and why.

An author writes choices as a list, and under each its reason, `+` for the right one and `-` for a wrong one:

    **1.** All keys of a sequence are equal. What does the last token get?

    - The plain mean of all values
      + Equal keys have equal scores, so each of the T weights is 1/T.
    - Its own value
      - It would have to see itself alone; here it sees every token before it as well.
"""

import re
from typing import NamedTuple

from course_lib.util.language import IN_ENGLISH, Words
from course_tools.authoring.problems import Problem

RIGHT, WRONG = "Right.", "No."

_CHOICE = re.compile(r"- (?P<text>.+)")
_REASON = re.compile(r"  (?P<sign>[+-]) (?P<text>.+)")
_QUESTION = re.compile(r"\*\*\d+\.\*\*")


class Line(NamedTuple):
    """A line that is not part of a choice, and its number in the cell, from 0."""

    text: str
    line: int


class Choice(NamedTuple):
    """One choice of a question: its text, whether it is right, why, and the line in the cell, from 0."""

    text: str
    right: bool | None
    reason: str
    line: int


def folded(source: str, words: Words = IN_ENGLISH) -> str:
    """The cell as it stands in the notebook: each choice is HTML's `<details>` with its reason inside."""
    parts: list[str] = []
    for piece in _pieces(source):
        if isinstance(piece, Line):
            parts.append(piece.text)
        else:
            verdict = words.say(RIGHT if piece.right else WRONG)
            # Empty lines around the inside: without them markdown would not read it as markdown.
            inside = f"**{verdict}** {piece.reason}"
            parts.append(f"<details><summary>{_as_html(piece.text)}</summary>\n\n{inside}\n\n</details>\n")
    return "\n".join(parts).rstrip("\n")


def find_problems(source: str, first_line: int) -> list[Problem]:
    """What is wrong with the questions of a cell whose first line is `first_line` of the file."""
    problems: list[Problem] = []
    questions: list[tuple[int, list[Choice]]] = []
    for piece in _pieces(source):
        if isinstance(piece, Line):
            if _QUESTION.match(piece.text):
                questions.append((first_line + piece.line, []))
        elif piece.right is None:
            problems.append(Problem(first_line + piece.line, "under a choice stands its reason, '  + …' or '  - …'"))
        elif not questions:
            problems.append(Problem(first_line + piece.line, "a choice before the first question, '**1.** …'"))
        else:
            questions[-1][1].append(piece)
    if not questions:
        problems.append(Problem(first_line, "a cell of questions has one that begins with '**1.**'"))
    for line, choices in questions:
        right = sum(choice.right is True for choice in choices)
        if len(choices) < 2 or right != 1:
            message = f"a question has two or more choices, one of them right; here {len(choices)}, right {right}"
            problems.append(Problem(line, message))
    return problems


def count_questions(source: str) -> int:
    """How many questions a cell asks."""
    return sum(bool(_QUESTION.match(line)) for line in source.split("\n"))


def _pieces(source: str) -> list[Line | Choice]:
    """The lines of a cell in order, with each choice and its reason gathered into one piece."""
    pieces: list[Line | Choice] = []
    for number, line in enumerate(source.split("\n")):
        last = pieces[-1] if pieces else None
        if match := _CHOICE.match(line):
            pieces.append(Choice(match["text"], None, "", number))
        elif isinstance(last, Choice) and (match := _REASON.match(line)) and last.right is None:
            pieces[-1] = last._replace(right=match["sign"] == "+", reason=match["text"])
        elif isinstance(last, Choice) and line.startswith("  ") and line.strip():
            more = f" {line.strip()}"
            if last.right is None:
                pieces[-1] = last._replace(text=last.text + more)
            else:
                pieces[-1] = last._replace(reason=last.reason + more)
        else:
            pieces.append(Line(line, number))
    return pieces


def _as_html(text: str) -> str:
    """A choice as HTML: markdown is not read inside `<summary>`, so code is marked up here."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
