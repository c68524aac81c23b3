"""The command `course`: it lists the commands, and says in one line what went wrong."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress

from course_lib import __version__
from course_tools.commands import (
    build,
    capstone,
    data,
    doctor,
    generate,
    grade,
    lab,
    run,
    share,
    site,
    train,
    translate,
)
from course_tools.spoken import Parser, complain, spoken

COMMANDS = (lab, run, doctor, data, train, generate, share, capstone, build, site, grade, translate)
FAILED = 2  # exit status after a mistake in what was asked for, as argparse has it
END_OF_OPTIONS = "--"  # what follows is for JupyterLab
INTERRUPTED = 130  # exit status of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Mistakes of the user come out as one line, `course: …`, with status 2; `--traceback` shows where they were noticed.
    """
    show_what_can_be_shown()
    given = list(sys.argv[1:] if arguments is None else arguments)
    mark = given.index(END_OF_OPTIONS) if END_OF_OPTIONS in given else len(given)
    try:
        spoken()
    except ValueError as error:  # there is no such language to say it in
        print(f"course: {error}", file=sys.stderr)
        return FAILED
    parser = command_parser()
    options, unknown = parser.parse_known_args(given[:mark])
    if unknown:  # said with the command's own usage, where argparse would show the list of commands
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.flags = given[mark + 1 :]
    if options.flags and options.command is not lab.run:
        parser.error(f"only `course lab` passes on what follows {END_OF_OPTIONS}, got {' '.join(options.flags)}")
    try:
        return options.command(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if options.traceback or (error.name or "").startswith(("course_lib", "course_tools")):
            raise
        remedy = "pip install -c constraints.txt -e '.[lab,dev]'"
        complain(f"{error.name} is not installed; in the course's folder: {remedy}")
    except (ValueError, OSError) as error:
        if options.traceback:
            raise
        complain(str(error))
    return FAILED


def command_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(prog="course", description="Build a GPT from nothing and turn it into a Llama.")
    parser.add_argument("--version", action="version", version=f"course {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show where in the code an error was noticed")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        its_own = commands.add_parser(name, help=module.HELP, epilog=getattr(module, "EPILOG", None))
        module.add_arguments(its_own)
        its_own.set_defaults(command=module.run, parser=its_own)
    return parser


def show_what_can_be_shown() -> None:
    """Let a character that the terminal's encoding lacks come out as `\\u2026`: it must not end hours of work."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # None in a program without a terminal, or somebody's own stream
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
