"""What options of several commands share: numbers that are checked as they are read, and a dataclass as options."""

import argparse
import math
import shlex
import subprocess
import sys
from dataclasses import field, fields
from typing import Any, TypeVar

Options = TypeVar("Options")

OPTION, GROUP = "option", "group"  # what a field's metadata are called


def positive(text: str) -> int:
    """A whole number of at least 1, which may be written 5,000 or 5_000."""
    digits = text.replace("_", "").replace(",", "")
    if not (digits.isascii() and digits.isdecimal()) or int(digits) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(digits)


def above_zero(text: str) -> float:
    """A number above 0, neither infinite nor nan."""
    number = finite(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


def finite(text: str) -> float:
    """A number, neither infinite nor nan."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return number


def plain_text(text: str) -> str:
    """Text as it came. What is not text in the terminal's encoding Python keeps as half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"expected text in UTF-8, got {text!a}") from None
    return text


def quoted(path: object) -> str:
    """A path or name as it can be copied into a command, whatever is in it."""
    return subprocess.list2cmdline([str(path)]) if sys.platform == "win32" else shlex.quote(str(path))


def option(help: str, *, default: Any = None, group: str = "", **settings: Any) -> Any:
    """A field of a dataclass that is also an option.

    settings: as for `add_argument`.   group: options of one group exclude each other.
    """
    return field(default=default, metadata={OPTION: {"help": help, **settings}, GROUP: group})


def add_fields(parser: argparse.ArgumentParser, kind: type) -> None:
    """An option for each field of the dataclass `kind`: `vocab_size` is `--vocab-size`."""
    groups: dict[str, Any] = {"": parser}
    for one in fields(kind):
        group = one.metadata[GROUP]
        if group not in groups:
            groups[group] = parser.add_mutually_exclusive_group()
        groups[group].add_argument(f"--{one.name.replace('_', '-')}", default=one.default, **one.metadata[OPTION])


def from_fields(kind: type[Options], options: argparse.Namespace) -> Options:
    """The dataclass with what was given."""
    return kind(**{one.name: getattr(options, one.name) for one in fields(kind)})  # type: ignore[arg-type]


def add_lessons(parser: argparse.ArgumentParser) -> None:
    """The lessons that a command is about."""
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons, by number or name (default: all)")


def add_device(parser: argparse.ArgumentParser) -> None:
    """What to compute on; `course_lib.util.machine.choose_device` knows what there is."""
    parser.add_argument("--device", metavar="NAME", help="such as cpu, cuda or mps (default: a GPU if there is one)")


def add_jobs(parser: argparse.ArgumentParser, what: str = "notebooks") -> None:
    """How many of `what` are worked on at a time."""
    parser.add_argument("--jobs", type=positive, default=2, metavar="N", help=f"{what} at a time (default: 2)")
