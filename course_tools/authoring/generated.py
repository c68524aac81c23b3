"""The parts of a notebook that no author writes: badge, first code cell, line of an exercise, footer."""

import html
import re
from collections.abc import Collection

from course_lib.util.language import IN_ENGLISH, VARIABLE, Words
from course_lib.util.topics import Topic
from course_tools.authoring.cells import DIFFICULTIES, Task
from course_tools.authoring.layout import Kind, Page

# What the course needs and a hosted runtime may not have. Never torch or numpy: what is there must stay.
MAY_BE_MISSING = (
    "cloudpickle",
    "datasets",
    "jaxtyping",
    "packaging",
    "psutil",
    "regex",
    "safetensors",
    "seaborn",
    "tiktoken",
    "tokenizers",
    "tqdm",
)

_GITHUB = re.compile(r"https://github\.com/(?P<name>[\w.-]+/[\w.-]+?)(\.git)?/?")

_INSTALL = """\
# Installs the course where it is missing, as in Colab. Everywhere else it does nothing.
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec

if find_spec("course_lib") is None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    needed = {needed}
    missing = [name for name in needed.split() if find_spec(name) is None]
    subprocess.run([*pip, "--no-deps", {package}], check=True)
    if missing:
        subprocess.run([*pip, *missing], check=True)
    invalidate_caches()"""

_EXPLAIN = """\
# Tells you what to do where the course is missing. Everywhere else it does nothing.
from importlib.util import find_spec

if find_spec("course_lib") is None:
    print("The course is not installed in this kernel.")
    print("On your own computer: run `make lab` in the course's folder and open this notebook there.")
    print("In Colab: run these two lines in a cell, with the address of the repository that you have this from:")
    print("!pip install --quiet --no-deps git+ADDRESS")
    print("!pip install --quiet {needed}")"""

_ANSWER_IN = '''

# Reports and hints answer in the language of this notebook.
import os

os.environ["{variable}"] = "{language}"'''


def install_cell(repository: str, language: str = "") -> str:
    """The first code cell: installs `course_lib` from `repository` if it cannot be found, or says what to do.

    language: that of an edition, in which the course answers from here on.
    """
    needed = " ".join(MAY_BE_MISSING)
    answer_in = _ANSWER_IN.format(variable=VARIABLE, language=language) if language else ""
    if not repository:
        return _EXPLAIN.format(needed=needed) + answer_in
    return _INSTALL.format(needed=repr(needed), package=repr(f"git+{repository}")).replace("'", '"') + answer_in


def with_badge(source: str, page: Page, repository: str) -> str:
    """The first cell, with a button below its title that opens the notebook in Colab; only GitHub has one."""
    match = _GITHUB.fullmatch(repository)
    if match is None:
        return source
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    address = f"https://colab.research.google.com/github/{match['name']}/blob/main/{page.notebook}"
    return _below_first_line(source, f"[![Open in Colab]({image})]({address})")


def with_task_line(source: str, task: Task, words: Words = IN_ENGLISH) -> str:
    """The heading of an exercise, with a line below it such as `●○○ · implement · 8 minutes · 2 points`."""
    dots = "●" * task.difficulty + "○" * (len(DIFFICULTIES) - task.difficulty)
    counts = (_count(task.minutes, "minute", words), _count(task.points, "point", words))
    parts = (dots, words.say(task.kind), *counts)
    return _below_first_line(source, " · ".join(parts))


def folded(summary: str, text: str) -> str:
    """Markdown under a line that opens it; the empty lines make what is inside be read as markdown."""
    return f"<details><summary>{html.escape(summary)}</summary>\n\n{text}\n\n</details>"


def footer(page: Page, existing: Collection[Page], words: Words = IN_ENGLISH) -> str:
    """The last cell: the way to the neighbouring notebooks, as far as they are `existing`."""
    topic, kind, _ = page
    before, after = _neighbours(topic, [other.topic for other in existing if other.kind is kind])
    ways = [
        ("Exercises of this lesson", page._replace(kind=Kind.EXERCISE), kind is Kind.LESSON),
        ("Lesson", page._replace(kind=Kind.LESSON), kind is not Kind.LESSON),
        ("Solutions, for afterwards", page._replace(kind=Kind.SOLUTION), kind is Kind.EXERCISE),
        ("Exercises without the answers", page._replace(kind=Kind.EXERCISE), kind is Kind.SOLUTION),
    ]
    parts = [_link(words.say(text), page, there) for text, there, wanted in ways if wanted and there in existing]
    if before:
        parts.append(words.say("Before: {0}", _link(_title(before), page, page._replace(topic=before))))
    if after:
        parts.append(words.say("Next: {0}", _link(_title(after), page, page._replace(topic=after))))
    return "---\n" + " · ".join(parts)


def _below_first_line(source: str, line: str) -> str:
    first, _, rest = source.partition("\n")
    return f"{first}\n\n{line}\n\n{rest.lstrip()}".rstrip("\n")


def _count(number: int | float, unit: str, words: Words) -> str:
    return words.say(f"{{0}} {unit}" if number == 1 else f"{{0}} {unit}s", words.number(number))


def _title(topic: Topic) -> str:
    return f"{topic.number:02d} {topic.title}"


def _link(text: str, here: Page, there: Page) -> str:
    name = f"{there.topic.stem}.ipynb"
    return f"[{text}]({name})" if here.kind is there.kind else f"[{text}](../{there.kind}/{name})"


def _neighbours(topic: Topic, existing: Collection[Topic]) -> tuple[Topic | None, Topic | None]:
    earlier = [other for other in existing if other.number < topic.number]
    later = [other for other in existing if other.number > topic.number]
    return max(earlier, default=None), min(later, default=None)
