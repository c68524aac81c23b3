"""An answer that stays folded until the reader opens it, beside the reader's own guess.

A lesson asks, gives a cell `guess = ...`, works the number out, and ends with `reveal("parameters", 40_000, guess)`.
The answer is HTML's `<details>`, which JupyterLab, Colab, VS Code, GitHub and a static page fold alike.
"""

import html
from types import EllipsisType
from typing import Any

from IPython.display import publish_display_data

from course_lib.show.measured import Approximation
from course_lib.util.language import Words, words
from course_lib.util.language.direction import isolated

NO_GUESS = "Write your guess into the cell above and run it, or open the answer"


def reveal(label: str, value: Any, guess: Any = None) -> None:
    """Show `label: value` folded, with how far `guess` is from it.

    value: a number, a shape, a word, or a text such as `approx(...)` gives.
    guess: `...` while there is none, `None` where none was asked for.
    """
    answer, spoken = f"{label}: {_shown(value)}", words()
    verdict = "" if guess is None or isinstance(guess, EllipsisType) else spoken.tell(compare(value, guess))
    if guess is None:
        summary = spoken.say("Open: {0}", label)
    else:
        summary = spoken.say("You guessed {0}. Open the answer", _shown(guess)) if verdict else spoken.tell(NO_GUESS)
    labelled = f"{_as_html(label, spoken)}: {_as_html(_shown(value), spoken)}"  # each is read in its own order
    folded = f"<b>{labelled}</b>" + (f"<br>{_as_html(verdict, spoken)}" if verdict else "")
    publish_display_data(
        {
            "text/plain": "\n".join(filter(None, (answer, verdict))),
            "text/html": details(summary, folded),
        }
    )


def show_folded(summary: str, text: str) -> None:
    """Show `text` as it is, a table perhaps, folded under the line `summary`, which says what it is about."""
    publish_display_data({"text/plain": text, "text/html": details(summary, f"<pre>{html.escape(text)}</pre>")})


def compare(value: Any, guess: Any) -> str:
    """What to say of a guess: exactly right, how many times too large or too small, or not that.

    >>> compare(40_000, 10_000)
    'Your guess, 10,000, is 4 times too small.'
    """
    shown = f"Your guess, {_shown(guess)},"
    if isinstance(value, Approximation):
        value = value.number
    try:
        if _normal(value) == _normal(guess):
            return f"{shown} is exactly right."
        if _is_number(value) and _is_number(guess) and value * guess > 0:
            factor = max(value / guess, guess / value)
            direction = "too small" if abs(guess) < abs(value) else "too large"
            return f"{shown} is {factor:.3g} times {direction}." if factor >= 1.01 else f"{shown} is right within 1 %."
    except Exception:  # a guess may be anything that can be typed, also a tensor that is neither true nor false
        pass
    return f"{shown} is not what came out."


def details(summary: str, inside: str) -> str:
    """HTML that shows `summary` (a text) and, once it is opened, `inside` (HTML); mirrored where the language is."""
    spoken = words()
    page = f"<details><summary>{_as_html(summary, spoken)}</summary>\n{inside}\n</details>"
    return f'<div dir="rtl">{page}</div>' if spoken.direction == "rtl" else page


def _as_html(text: str, spoken: Words) -> str:
    """A text as HTML; in a language that is read from the right, its numbers and code are read from the left."""
    if spoken.direction == "ltr":
        return html.escape(text)
    return isolated(text, lambda run: f'<bdi dir="ltr">{html.escape(run)}</bdi>', html.escape)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _normal(value: Any) -> Any:
    """One form for what means the same: a shape as a tuple, a word without capitals and outer spaces."""
    if isinstance(value, str):
        return value.strip().lower()
    return tuple(value) if isinstance(value, list | tuple) else value


def _shown(value: Any) -> str:
    if _is_number(value):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return str(tuple(value)) if isinstance(value, list | tuple) else str(value)
