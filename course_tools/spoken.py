"""What the command `course` says, in the language that `COURSE_LANGUAGE` names.

Commands are written in English. A finished sentence is recognised by its template where it is shown, as in reports of
checks, so nothing in a command has to be marked, and options and errors need no second spelling.

No invisible characters are put around code in a line that is read from the right: the terminals that order letters
ignore them, others show them as boxes, and a command that is copied with one is not found by the shell. Translations
put code at the end of a sentence instead, and what is to be copied stands in a line of its own.
"""

import argparse
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from course_lib.util.language import COMMANDS, Words, words

IN_ENGLISH = "What is in English here has not been translated yet."  # below the help of a command, once


def spoken() -> Words:
    """The words of the commands. Raises ValueError if `COURSE_LANGUAGE` names no language of the course."""
    return words(COMMANDS)


def tell(text: str) -> str:
    """A finished English sentence in the chosen language; in English, with a mark, if it is not translated."""
    return spoken().tell(text)


def complain(text: str) -> None:
    """Say what is wrong, on standard error."""
    print(f"course: {tell(text)}", file=sys.stderr)


class Help(argparse.HelpFormatter):
    """argparse's layout, with every text in the chosen language."""

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__(*settings, **named)
        self._words = spoken()
        self._all_known = True

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """The line that shows the options."""
        super().add_usage(usage, actions, groups, self._told("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        """A heading."""
        super().start_section(heading and self._told(heading))

    def add_text(self, text: str | None) -> None:
        """What stands before and after the options."""
        super().add_text((text and text != argparse.SUPPRESS and self._told(text)) or text)

    def format_help(self) -> str:
        """The whole help. What is missing is said once, and not beside each option."""
        text = super().format_help()
        return text if self._all_known else f"{text}\n{self._words.tell(IN_ENGLISH)}\n"

    def _get_help_string(self, action: argparse.Action) -> str | None:
        """The place that argparse keeps for whoever says something else of an option."""
        return action.help and self._told(action.help)

    def _told(self, text: str) -> str:
        known = self._words.known(text)
        self._all_known = self._all_known and known is not None
        return text if known is None else known


class Parser(argparse.ArgumentParser):
    """A parser, also of the commands below it, that explains itself in the chosen language."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": Help, **settings})

    def error(self, message: str) -> NoReturn:
        """End with the usage and with what is wrong."""
        self.print_usage(sys.stderr)
        self.exit(2, spoken().say("{0}: error: {1}", self.prog, tell(message)) + "\n")
