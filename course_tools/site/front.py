"""The front page, and the pages that list lessons, exercises and solutions."""

import re
from pathlib import Path

from course_lib.util.topics import TOPICS
from course_tools.authoring.layout import Kind
from course_tools.site import lesson_map, prose

MODEL = "model.html"  # the course's model in one page, where it was given

_ROW = re.compile(r"^\| (?P<number>\d\d) \| \[.*?\]\(.*?\) \| \[.*?\]\(.*?\) \| (?P<promise>.*) \|$", re.MULTILINE)
_COMMANDS = re.compile(r"```sh\n(?P<code>make lab.*?)```", re.DOTALL)
_OPENING = re.compile(r"^# (?P<title>.*?)\n\n(?P<text>.*?)\n\n", re.DOTALL)

_FRONT = """\
# {title}

{opening}

```{{raw}} html
<p class="course-buttons"><a class="course-button" href="notebooks/{first}.html">Begin with lesson 01</a> {model}</p>
```

## The lessons

```{{raw}} html
{map}
```

Every lesson with what you can do after it: [the list of lessons](notebooks/index.md). The words that the course uses
are in [the glossary](docs/glossary.md).

## On your own computer

Here you can read and click. To run, change and break things, and to have your answers checked, take a copy of the
course; with Python 3.11 to 3.14 and make, in its folder:

```sh
{commands}```

Windows, conda, Google Colab, a GPU: [how to install it](docs/installation.md). Other stories, and all commands:
[how to use it](docs/using.md). Teaching a class with it: [for teachers](docs/teaching.md).

```{{toctree}}
:hidden:

Lessons <notebooks/index>
Exercises <exercises/index>
Solutions <solutions/index>
Glossary <docs/glossary>
Docs <docs/index>
Library <api/index>
```
"""

_LISTS = {
    Kind.LESSON: (
        "Lessons",
        "Each fills 60 to 90 minutes. They build on each other; the map is on [the front page](../index.md).",
    ),
    Kind.EXERCISE: (
        "Exercises",
        "A lesson's exercises fill another session. They are notebooks: download one, or open it in Colab where its "
        "page has that button, and the cell below each answer checks it.",
    ),
    Kind.SOLUTION: ("Solutions", "For afterwards. Each answer is folded until you open it."),
}

_LIST = """\
# {title}

{text}

{table}

```{{toctree}}
:hidden:

{pages}
```
"""

_DOCS = """\
# Docs

How to install, use, teach and change the course.

```{{toctree}}
:maxdepth: 1

{pages}
```
"""


def promises(readme: str) -> dict[int, str]:
    """What one can do after each lesson, by its number, from the README's table.

    Raises ValueError if a lesson has no row there.
    """
    found = {int(row["number"]): row["promise"] for row in _ROW.finditer(readme)}
    missing = [topic.stem for topic in TOPICS if topic.number not in found]
    if missing:
        raise ValueError(f"README.md has no row in its table of lessons for {', '.join(missing)}")
    return found


def stage(root: Path, folder: Path, *, model: bool) -> None:
    """Write the pages. model: whether the site has a page with the course's model."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    (folder / "index.md").write_text(_front(readme, model=model), encoding="utf-8")
    for kind, (title, text) in _LISTS.items():
        table = _table(kind, promises(readme))
        pages = "\n".join(topic.stem for topic in TOPICS)
        (folder / kind / "index.md").write_text(
            _LIST.format(title=title, text=text, table=table, pages=pages), encoding="utf-8"
        )
    others = [page for page in prose.pages(root) if page != "docs/glossary.md"]
    names = "\n".join(f"/{page.removesuffix('.md')}" for page in others)
    (folder / "docs" / "index.md").write_text(_DOCS.format(pages=names), encoding="utf-8")


def _front(readme: str, *, model: bool) -> str:
    opening, commands = _OPENING.search(readme), _COMMANDS.search(readme)
    if opening is None or commands is None:
        raise ValueError("README.md begins with a title, a paragraph and a block of commands that begins with make lab")
    link = f'<a class="course-button" href="{MODEL}">Let the course’s model write, in this browser</a>' if model else ""
    return _FRONT.format(
        title=opening["title"],
        opening=opening["text"],
        first=TOPICS[0].stem,
        model=link,
        map=lesson_map.draw(),
        commands=commands["code"],
    )


def _table(kind: Kind, promised: dict[int, str]) -> str:
    if kind is Kind.LESSON:
        rows = ["| | lesson | when you finish, you can |", "|---|---|---|"]
        return "\n".join(
            rows + [f"| {t.number:02d} | [{t.title}]({t.stem}.ipynb) | {promised[t.number]} |" for t in TOPICS]
        )
    return "\n".join(f"- [{topic.number:02d} · {topic.title}]({topic.stem}.ipynb)" for topic in TOPICS)
