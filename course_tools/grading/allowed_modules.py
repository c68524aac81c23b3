"""What of `course_lib` a worker may have: what the exercise notebook imports, without the answer.

The definition of the reference, and of whatever else the exercise forbids, is cut out of the source that is sent.
Functions that call it are still there and fail when called, so they are not a way round it.
"""

import ast
import functools
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

import course_lib
from course_lib.checks.engine.exercise import Exercise
from course_tools.grading.flags import forbidden_names
from course_tools.grading.handout import Handout

PACKAGE = "course_lib"
OTHER = {f"{PACKAGE}.{name}": f"{PACKAGE}.{room}" for name, room in course_lib.OTHER_NAMES.items()}
ROOT = Path(course_lib.__file__).parent
CONFIG = "course_lib.config"
DRIVERS = "course_lib.checks.engine.drive"  # a package: all of it may be had, as it knows nothing of any exercise
DESCRIBE = "course_lib.checks.engine.describe"  # by which drivers name what has a wrong form; it knows none either
NEVER = ("course_lib.checks",)  # what a right answer is; course_tools is another package, and none of it may be had
# Imported once for all workers, if a notebook needs them. Others are left to the worker that needs them: pictures and
# data sets take seconds to import and start threads, after which nothing may be forked.
PACKAGES = ("jaxtyping", "numpy", "regex", "safetensors", "tiktoken", "tokenizers", "torch", "tqdm")
CHECKS_STUB = """
def check(*args, **kwargs): return None
def hint(*args, **kwargs): return None
"""
STUB = {
    "function": "def {name}(*args, **kwargs):\n    raise RuntimeError({message!r})\n",
    "class": "class {name}:\n    def __init__(self, *args, **kwargs):\n        raise RuntimeError({message!r})\n",
    "value": "{name} = None\n",
}


def modules_for_all() -> dict[str, str]:
    """What every worker has: nothing that would be an answer."""
    sources = {PACKAGE: "", "course_lib.checks": CHECKS_STUB, "course_lib.checks.engine": ""}
    return sources | {
        name: _source(name) for package in (CONFIG, DRIVERS, DESCRIBE) for name in (package, *_modules_in(package))
    }


def forbids_what_all_have(exercise: Exercise) -> bool:
    """Whether it may not use something that is there in every worker, and so has to be taken out of the one it gets."""
    return any(name.startswith(f"{CONFIG}.") for name in forbidden_names(exercise))


def needs_library(text: str) -> bool:
    """Whether code may need more of the library than every worker has."""
    return PACKAGE in text.replace(f"{PACKAGE}.config", "")


class AllowedModules:
    """Knows what exercises may have; found out once, as it is the same for every submission."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, str]] = {}

    def modules_for(self, handout: Handout, *exercises: Exercise) -> dict[str, str]:
        """As the function of that name."""
        key = tuple(exercise.name for exercise in exercises)
        if key not in self._known:
            self._known[key] = modules_for(handout, *exercises)
        return self._known[key]


def modules_for(handout: Handout, *exercises: Exercise) -> dict[str, str]:
    """The modules that these exercises' notebook imports, and that those import, without what any of them forbids."""
    modules = _closure(_imported(statement.node for statement in handout.notebook.statements))
    sources = {name: _source(name) for name in sorted(modules) if not name.startswith(NEVER) and name != PACKAGE}
    forbidden = dict.fromkeys(name for exercise in exercises for name in forbidden_names(exercise))
    homes = dict.fromkeys(_home(name) for name in forbidden if name.startswith(f"{PACKAGE}."))
    for module, definition in homes:
        if module in sources:
            sources[module] = without(sources[module], definition)
    return sources


def third_party(handouts: Iterable[Handout]) -> list[str]:
    """Modules that answers are likely to import, and that can be made ready for all workers at once."""
    names: set[str] = set()
    for handout in handouts:
        trees: list[ast.AST] = [statement.node for statement in handout.notebook.statements]
        trees += [_tree(name) for name in _closure(_imported(trees))]
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    names.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module)
    return sorted(name for name in names if name.split(".")[0] in {*PACKAGES, *sys.stdlib_module_names})


def without(source: str, name: str) -> str:
    """A module's source with a stub in place of the function, class or value `name`, as long as it was."""
    lines = source.split("\n")
    for node in ast.parse(source).body:
        kind = _defines(node, name)
        if kind:
            first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
            message = f"{name} is what this exercise asks to write, so it cannot be used here"
            lines[first - 1 : node.end_lineno] = STUB[kind].format(name=name, message=message).split("\n")
            return "\n".join(lines)
    raise ValueError(f"no definition of {name} to cut out of the module")


def _defines(node: ast.stmt, name: str) -> str:
    if isinstance(node, ast.FunctionDef) and node.name == name:
        return "function"
    if isinstance(node, ast.ClassDef) and node.name == name:
        return "class"
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return "value" if any(isinstance(target, ast.Name) and target.id == name for target in targets) else ""


def _home(name: str) -> tuple[str, str]:
    """Module and name of the definition that `course_lib.a.b` leads to, through what packages import."""
    module, _, attribute = name.rpartition(".")
    found = getattr(importlib.import_module(module), attribute, None)
    if found is None:
        raise ValueError(f"an exercise forbids {name}, which does not exist")
    return getattr(found, "__module__", module), getattr(found, "__qualname__", attribute)


def _closure(modules: Iterable[str]) -> set[str]:
    """These modules of the library, their packages, and all that they import of it."""
    found: set[str] = set()
    pending = set(modules)
    while pending:
        name = pending.pop()
        if name in found or name.startswith(NEVER):
            continue
        found.add(name)
        pending.add(name.rpartition(".")[0] or PACKAGE)
        pending |= _imported([_tree(name)]) - found
    return found


def _imported(trees: Iterable[ast.AST]) -> set[str]:
    """Modules of the library that are imported anywhere in these trees."""
    names: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] == PACKAGE and (name in OTHER or _path(name) is not None)}


def _modules_in(package: str) -> list[str]:
    """Every module that stands in a package's folder."""
    folder = ROOT.joinpath(*package.split(".")[1:])
    return [f"{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]


@functools.cache
def _path(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split(".")[1:])
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)


@functools.cache
def _source(name: str) -> str:
    if name in OTHER:
        return f"from {OTHER[name]} import *\n"
    path = _path(name)
    if path is None:
        raise ValueError(f"there is no module {name}")
    return path.read_text(encoding="utf-8")


@functools.cache
def _tree(name: str) -> ast.Module:
    return ast.parse("" if name == PACKAGE else _source(name))
