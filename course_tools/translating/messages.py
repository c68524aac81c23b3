"""What checks, engine, guesses, commands, builder and site say: read off their source, so that nobody has to mark it.

An f-string becomes a template: `f"expected {wanted}, got {got}"` is "expected {0}, got {1}", with what stands for
each number as a comment for translators.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from course_lib.util.language import COMMANDS, MARK
from course_lib.util.topics import TOPICS
from course_tools.authoring import quiz
from course_tools.authoring.cells import EXERCISE_KINDS
from course_tools.authoring.layout import Kind, Page
from course_tools.translating import commands
from course_tools.translating.pictures import DRAWN
from course_tools.translating.report import WORDS
from course_tools.translating.theme import MORE_FOUND, ONE_FOUND, SCRIPTS, THEMES

LIBRARY, TOOLS = "course_lib", "course_tools"
CHECKS = "course_lib/checks"
BUILDERS = "builder/phrases"
PICTURES = "diagram/words"
REPORTS = "report/student"  # what a student gets after grading
SHARED_PAGE = "course_tools/share/page/strings.json"
PAGES, UNTOLD = "page/shared", ("language", "direction", "prompt_default")
SITES = "site/frame"  # what stands around the pages of the web site
OTHERS = {
    "course_lib/show/guess.py": "show/guess",
    "course_tools/authoring/generated.py": BUILDERS,
    "course_tools/grading/outputs/student_page.py": REPORTS,
    "course_tools/grading/outputs/page.py": REPORTS,
    "course_tools/site/notebooks.py": SITES,
    "course_tools/site/editions.py": SITES,
    "course_tools/site/plays/picture.py": SITES,
    "course_tools/site/plays/attention.py": SITES,
}
PYTHONS_OWN = ("attention/parts",)  # what is raised there is worded as Python words it, and stays so
CODE = "slots"  # folders of code and nothing that is said
# A text, if only a word, is the first argument of these, and the last one of those below.
NAMING = ("Misconception", "Property", "Slip", "say", "tell")
NAMING_LAST = ("Head",)
PHRASES = ("{0} minute", "{0} minutes", "{0} point", "{0} points")  # put together in authoring/generated.py
_EXERCISE = re.compile(r"^# ## Exercise \d+: (.+)$", re.MULTILINE)
_TEXT = re.compile(r"[A-Za-z]\S*\s|\s\S*[A-Za-z]")
# Regular expressions, HTML, CSS.
_NO_TEXT = re.compile(r"\\[.bdws(]|\(\?|\.\*|\[\^|\^=|\w\|\w|^\^'|^</?\w|^[a-z-]+: [^ ]+(; [a-z-]+: |$)|px solid")


class Message(NamedTuple):
    """A sentence and the place where it is said. comment: what its numbers stand for."""

    place: str
    text: str
    comment: str = ""


def messages(root: Path) -> list[Message]:
    """All sentences, by place, each once a place."""
    found: list[Message] = [Message("check", MARK)]
    for path in sorted((root / CHECKS).rglob("*.py")):
        place = path.relative_to(root / CHECKS).with_suffix("").as_posix()
        if place in PYTHONS_OWN or path.parent.name == CODE:
            continue
        found += _of_module(path, "check" if place == "__init__" else place, only_said=False)
    for name, place in OTHERS.items():
        found += _of_module(root / name, place, only_said=place in (BUILDERS, REPORTS, SITES))
    links = ("Exercises of this lesson", "Lesson", "Solutions, for afterwards", "Exercises without the answers")
    found += [Message(BUILDERS, text) for text in (*EXERCISE_KINDS, *PHRASES, quiz.RIGHT, quiz.WRONG, *links)]
    found += [Message(SITES, text) for text in (*THEMES, *SCRIPTS, ONE_FOUND, MORE_FOUND)]
    found += [Message(PICTURES, text) for text in DRAWN]
    found += [Message(REPORTS, text) for text in WORDS]
    found += _titles(root)
    found += _of_shared_page(root)
    found += _of_commands(root)
    unique = {(message.place, message.text): message for message in reversed(found)}
    return list(reversed(unique.values()))


def _of_shared_page(root: Path) -> Iterator[Message]:
    """The texts of `course share`'s page, which lie in a file; names in braces are its own business."""
    if (path := root / SHARED_PAGE).is_file():
        for name, text in json.loads(path.read_text(encoding="utf-8")).items():
            if name not in UNTOLD:
                yield Message(PAGES, text, name)


def _titles(root: Path) -> Iterator[Message]:
    """What lessons and their exercises are headed, beside what their checks say."""
    for topic in TOPICS:
        yield Message(f"{topic.name}/titles", topic.title)
        path = root / Page(topic, Kind.SOLUTION).source
        for title in _EXERCISE.findall(path.read_text(encoding="utf-8")) if path.is_file() else ():
            yield Message(f"{topic.name}/titles", title[:1].upper() + title[1:])


def _of_commands(root: Path) -> Iterator[Message]:
    """What the commands say and what they pass on of the library's errors, where the modules are there."""
    yield from (Message(f"{COMMANDS}/argparse", text) for text in commands.ARGPARSE)
    for name in commands.READ_WHOLLY:
        if (path := root / TOOLS / f"{name}.py").is_file():
            yield from _of_module(path, commands.place_of(name), only_said=False)
    for name in commands.READ_FOR_THE_LIST:
        if (path := root / TOOLS / f"{name}.py").is_file():
            tree = _parsed(path)
            tree.body = [node for node in tree.body if isinstance(node, ast.Assign) and "HELP" in ast.unparse(node)]
            yield from _of_tree(tree, commands.place_of(name), only_said=False)
    for name in commands.RAISING:
        if (path := root / LIBRARY / f"{name}.py").is_file():
            for node in ast.walk(_parsed(path)):
                if isinstance(node, ast.Raise):
                    yield from _of_tree(node, commands.place_of_raised(name), only_said=False)


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _of_module(path: Path, place: str, *, only_said: bool) -> Iterator[Message]:
    return _of_tree(_parsed(path), place, only_said=only_said)


def _of_tree(tree: ast.AST, place: str, *, only_said: bool) -> Iterator[Message]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = {id(call.args[0]) for call in calls if _names(call)}
    named |= {id(call.args[-1]) for call in calls if isinstance(call.func, ast.Name) and call.func.id in NAMING_LAST}
    for node in _texts(tree):
        text, comment = _template(node)
        if id(node) in named or (not only_said and _TEXT.search(text) and not _NO_TEXT.search(text)):
            yield Message(place, text, comment)


def _names(node: ast.Call) -> bool:
    """Whether it is a call whose first argument is a text."""
    if not node.args:
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return name in NAMING and isinstance(node.args[0], ast.Constant | ast.JoinedStr)


def _texts(tree: ast.AST) -> Iterator[ast.expr]:
    """Strings and f-strings, and strings inside the values of f-strings; no docstrings and no annotations."""
    for name, field in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for node in field if isinstance(field, list) else [field]:
            if not isinstance(node, ast.AST) or _is_docstring(node):
                continue
            if isinstance(node, ast.JoinedStr):
                yield node
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        yield from _texts(part)
            elif isinstance(node, ast.Constant):
                if isinstance(node.value, str):
                    yield node
            else:
                yield from _texts(node)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _template(node: ast.expr) -> tuple[str, str]:
    """The text with numbers for its values, and what these stand for."""
    if isinstance(node, ast.Constant):
        return str(node.value), ""
    assert isinstance(node, ast.JoinedStr)
    text = ""
    stands_for: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            text += f"{{{len(stands_for)}}}"
            stands_for.append(f"{{{len(stands_for)}}}: {ast.unparse(part.value)}")
    return text, "\n".join(stands_for)
