"""What the command `course` says: which modules it is read off, and what argparse says itself.

Translated is what a student meets. Of the commands for authors and instructors it is the line in the list of commands.
"""

from course_lib.util.language import COMMANDS

READ_WHOLLY = (  # modules of course_tools
    "cli",
    "options",
    "home",
    "commands/capstone",
    "commands/data",
    "commands/doctor",
    "commands/generate",
    "commands/lab",
    "commands/run",
    "commands/share",
    "commands/train",
    "doctor/installation",
    "doctor/lessons",
    "doctor/machine",
    "doctor/places",
    "doctor/report",
    "own_model/options",
    "own_model/prepare",
    "own_model/train",
    "share/assemble",
    "share/shared",
    "share/vocabulary",
    "share/weights",
    "spoken",
)
READ_FOR_THE_LIST = ("commands/build", "commands/grade", "commands/site", "commands/translate")  # HELP alone
RAISING = (  # modules of course_lib: what they raise is what `course` says when it fails
    "config/presets",
    "corpus/files",
    "corpus/hub",
    "corpus/stories",
    "data/token_file",
    "generation/filters",
    "generation/sampling",
    "generation/text",
    "parallel/strategy",
    "pretrained/sources",
    "tokenization/bpe",
    "training/checkpoint",
    "training/fast/precision",
    "training/history",
    "training/ranks",
    "training/resume",
    "training/run",
    "util/files",
    "util/machine",
    "util/topics",
)
ARGPARSE = (
    "usage: ",
    "options",
    "positional arguments",
    "commands",
    "show this help message and exit",
    "show program's version number and exit",
    "argument {0}: {1}",
    "expected one argument",
    "the following arguments are required: {0}",
    "unrecognized arguments: {0}",
    "invalid choice: {0} (choose from {1})",
    "invalid int value: {0}",
    "not allowed with argument {0}",
    "ambiguous option: {0} could match {1}",
    "ignored explicit argument {0}",
    "notebooks",  # what `add_jobs` counts
    "processes",
    "submissions",
)


def place_of(module: str) -> str:
    """The place of what a module of course_tools says: `commands/train`, `commands/doctor/machine`."""
    return f"{COMMANDS}/{module.removeprefix('commands/')}"


def place_of_raised(module: str) -> str:
    """The place of what a module of course_lib raises: `commands/library/corpus/files`."""
    return f"{COMMANDS}/library/{module}"
