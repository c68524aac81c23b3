"""Answers that use what they should write, and answers whose code cannot be read: for a person to look at."""

import ast
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from course_lib.checks.engine.answers import Answer, imports_of
from course_lib.checks.engine.exercise import Exercise
from course_lib.util.statements import Statement

CHECKS = "course_lib.checks"  # references that stand there are nothing a student could import
HOSTS = ("torch", "course_lib")  # packages that offer one thing under many names
MADE_AT_RUN_TIME = ("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "__builtins__")
TELLING = (ast.Import, ast.ImportFrom, ast.Name, ast.Attribute, ast.Call, ast.FunctionDef, ast.ClassDef)
SHORT = 5_000  # characters of a statement whose nodes are kept
REACHING_MODULES = ("importlib", "builtins", "sys.modules", "pkgutil", "runpy", "ctypes", "gc", "inspect")
# Attributes by which code reaches what it was not given: callers, what a function remembers, what a method belongs to.
REACHING_ATTRIBUTES = (
    "__closure__",
    "__code__",
    "__globals__",
    "__loader__",
    "__self__",
    "__subclasses__",
    "_current_frames",
    "_getframe",
    "cell_contents",
    "currentframe",
    "f_back",
    "f_globals",
    "f_locals",
    "tb_frame",
)


def forbidden_names(exercise: Exercise) -> tuple[str, ...]:
    """Full names of what the exercise may not use: its reference, if it is in the library, and what it lists."""
    reference: Callable = exercise.reference
    own = f"{reference.__module__}.{reference.__qualname__}"
    return exercise.forbidden if own.startswith(CHECKS) else (own, *exercise.forbidden)


def flags_of(answer: Answer, exercise: Exercise) -> tuple[str, ...]:
    """Sentences about what a person should look at; none for an ordinary answer.

    Read off the code, so a hint, not a proof: it cannot see through every disguise, and the tests of the answer's
    behaviour do not depend on it.
    """
    names: dict[str, str] = {}
    for statement in (*answer.given, *answer.written):
        names |= _read(statement).imported
    nodes = {statement: _read(statement).nodes for statement in answer.written}
    defined = _defined_names(nodes.values())
    forbidden = forbidden_names(exercise)
    telling = {*REACHING_ATTRIBUTES, "__dict__", *(name.split(".")[-1] for name in forbidden)}
    found: dict[str, None] = {}
    for statement in answer.written:
        for node in nodes[statement]:
            if isinstance(node, ast.Attribute) and node.attr not in telling:  # most are not
                continue
            if sentence := _flag(node, names, forbidden, defined):
                place = (
                    f"cell {statement.cell}, line {statement.line + getattr(node, 'lineno', 1) - _top(statement.node)}"
                )
                found.setdefault(f"{place}: {sentence}")
    return tuple(found)


@dataclass(frozen=True)
class _Reading:
    """Of a statement the nodes that something can be read off, and what it imports."""

    nodes: tuple[ast.AST, ...]
    imported: Mapping[str, str]


def _read(statement: Statement) -> _Reading:
    """The same statement is looked at for its own exercise and for those that follow it in a worker: so read once."""
    return _read_short(statement) if len(statement.text) < SHORT else _reading(statement)


@functools.lru_cache(maxsize=300)
def _read_short(statement: Statement) -> _Reading:
    return _reading(statement)


def _reading(statement: Statement) -> _Reading:
    nodes = tuple(node for node in ast.walk(statement.node) if isinstance(node, TELLING))
    return _Reading(nodes, imports_of([statement]))


def _top(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def _flag(node: ast.AST, names: Mapping[str, str], forbidden: Iterable[str], defined: set[str]) -> str:
    if isinstance(node, ast.ImportFrom) and not node.level:
        for alias in node.names:
            if match := _matching(f"{node.module}.{alias.name}", forbidden):
                return f"imports {match}, which the exercise asks to write"
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        reached = [name for name in modules if name.split(".")[0] in REACHING_MODULES]
        return f"imports {reached[0]}, with which code can reach anything" if reached else ""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in MADE_AT_RUN_TIME and node.id not in defined:
            return f"uses {node.id}, so that what runs cannot be read off the code"
        if node.id not in defined and (match := _matching(names.get(node.id, ""), forbidden)):
            return f"uses {match}, which the exercise asks to write"
    if isinstance(node, ast.Attribute):
        full = full_name(node, names)
        if full and (match := _matching(full, forbidden)):
            return f"uses {match}, which the exercise asks to write"
        if not full and f".{node.attr}" not in defined and (match := _matching(f"torch.{node.attr}", forbidden)):
            return f"uses the method {node.attr}, which is {match}"
        if node.attr in REACHING_ATTRIBUTES:
            return f"uses {node.attr}, with which code can reach anything"
        if node.attr == "__dict__" and full:
            return f"reads {full}, so that what runs cannot be read off the code"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        return _flag_getattr(node, names, forbidden)
    return ""


def _flag_getattr(node: ast.Call, names: Mapping[str, str], forbidden: Iterable[str]) -> str:
    """getattr with a name that is written there is as good as a dot; on a module with any other it hides something."""
    if len(node.args) < 2:
        return ""
    base, name = full_name(node.args[0], names), node.args[1]
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        if name.value in REACHING_ATTRIBUTES:
            return f"uses {name.value}, with which code can reach anything"
        match = _matching(f"{base or 'torch'}.{name.value}", forbidden)
        return f"uses {match}, which the exercise asks to write" if match else ""
    return f"takes something of {base} by a name made at run time" if base else ""


def full_name(node: ast.AST, names: Mapping[str, str]) -> str:
    """`torch.nn.functional.softmax` of `F.softmax`; empty if it does not begin with something imported."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(parts)])


def _matching(full: str, forbidden: Iterable[str]) -> str:
    """The forbidden name that `full` is, also by another way: torch.softmax is torch.nn.functional.softmax too."""
    for name in forbidden:
        same_package = full.split(".")[0] == name.split(".")[0] and name.split(".")[0] in HOSTS
        if full == name or (same_package and full.split(".")[-1] == name.split(".")[-1]):
            return name
    return ""


def _defined_names(trees: Iterable[Iterable[ast.AST]]) -> set[str]:
    """Names of functions and classes that the student defines, and with a dot of methods and attributes."""
    found = set()
    for nodes in trees:
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            if isinstance(node, ast.ClassDef):
                found.update(f".{item.name}" for item in node.body if isinstance(item, ast.FunctionDef))
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(f".{node.attr}")
    return found
