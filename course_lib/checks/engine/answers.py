"""Finding an answer in a notebook, by the name of the function or class, with all that it needs to run.

Of several different definitions the last one counts, as it would after running the notebook from top to bottom;
an untouched stub never counts where there is another. What an answer needs is found by name: the statements that
define it, those that they need in turn, first of the notebook that was handed out, then of the student's.
"""

import __future__

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from course_lib.util.notebook import Notebook
from course_lib.util.statements import SEEDING, Statement, reads_before, root_name

SHORT = 5_000  # characters of a statement whose form is kept


@dataclass(frozen=True)
class Answer:
    """An answer: its definition, what has to be executed for it, in order, and which of that the student wrote."""

    name: str
    definition: Statement
    given: tuple[Statement, ...]
    written: tuple[Statement, ...]
    is_stub: bool
    note: str = ""

    @property
    def source(self) -> str:
        """The definition, as the student wrote it, after helpers that it needs and that were not handed out."""
        helpers = [s for s in self.written if not isinstance(s.node, ast.Import | ast.ImportFrom)]
        return "\n\n\n".join(dict.fromkeys(statement.text for statement in helpers))


def find_answer(notebook: Notebook, handout: Notebook, name: str, answers: Iterable[str] = ()) -> Answer | None:
    """The answer called `name`, or None if nothing in the notebook defines that name.

    handout: the notebook as it was given out.   answers: names of all its answers, whose stubs are not set-up.
    """
    stubs = {_form(s) for s in handout.statements if name in s.binds}
    definitions = [s for s in notebook.statements if name in s.binds]
    if not definitions:
        return None
    attempts = [s for s in definitions if not (_form(s) in stubs or is_stub(s.node))]
    chosen = (attempts or definitions)[-1]
    earlier = _built_upon(chosen, name, definitions)
    upon = {s.position for s in earlier}
    different = len({_form(s) for s in attempts if s.position not in upon})
    note = ""
    if different > 1:
        note = f"{name} is defined in {different} different ways; the last one, in cell {chosen.cell}, was graded"
    setup = [s for s in handout.statements if not s.binds & set(answers)]
    given, written = _needed([*earlier, chosen], name, notebook.statements, setup)
    return Answer(name, chosen, given, written, not attempts, note)


def chunks_of(answer: Answer, notebook: Notebook, handout: Notebook) -> list[dict[str, Any]]:
    """What a worker executes: a statement each, with its place in its cell for messages."""
    return [
        *_chunks(answer.given, handout, answer, "set-up"),
        *_chunks(answer.written, notebook, answer, "cell"),
    ]


def is_stub(node: ast.stmt) -> bool:
    """Whether a function or class does nothing yet: its functions raise NotImplementedError and that is all."""
    if isinstance(node, ast.ClassDef):
        functions = [item for item in node.body if isinstance(item, ast.FunctionDef)]
        return bool(functions) and all(is_stub(item) for item in functions)
    if not isinstance(node, ast.FunctionDef):
        return False
    body = [item for item in node.body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Raise) or body[0].exc is None:
        return not body or (len(body) == 1 and isinstance(body[0], ast.Pass))
    raised = body[0].exc
    return root_name(raised.func if isinstance(raised, ast.Call) else raised) == "NotImplementedError"


def _chunks(
    statements: Iterable[Statement], notebook: Notebook, answer: Answer, origin: str
) -> Iterator[dict[str, Any]]:
    flags = __future__.annotations.compiler_flag if _lazy_annotations(notebook) else 0
    for statement in statements:
        yield {
            "file": f"<{origin} {statement.cell}>",
            "line": statement.line,
            "text": statement.text,
            "cell": notebook.code_of(statement.cell),
            "flags": flags,
            "name": answer.name if statement is answer.definition else "",
        }


def _lazy_annotations(notebook: Notebook) -> bool:
    imports = [s.node for s in notebook.statements if isinstance(s.node, ast.ImportFrom)]
    return any(node.module == "__future__" and node.names[0].name == "annotations" for node in imports)


def _form(statement: Statement) -> str:
    """The statement without its layout, comments and docstrings: two of the same form are the same."""
    text = statement.text.strip("\n")
    return _form_of_short(text) if len(text) < SHORT else _form_of(text)


@functools.lru_cache(maxsize=1_000)
def _form_of_short(text: str) -> str:
    """What was handed out stands in the notebook of each student of a class: read once."""
    return _form_of(text)


def _form_of(text: str) -> str:
    node = ast.parse(text).body[0]
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        if (
            isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and isinstance(body, list)
            and len(body) > 1
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            del body[0]
    return ast.dump(node)


def _built_upon(chosen: Statement, name: str, definitions: Iterable[Statement]) -> list[Statement]:
    """Definitions that the chosen one takes up, in order: a class that derives from itself, a wrapped function."""
    found: list[Statement] = []
    latest = chosen
    for one in reversed([s for s in definitions if s.position < chosen.position]):
        if not reads_before(latest.node, name):
            break
        found.append(one)
        latest = one
    return found[::-1]


def _needed(
    chosen: list[Statement], name: str, written: Iterable[Statement], setup: Iterable[Statement]
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements of the set-up and of the student that define, or change, what the answer needs.

    chosen: those that define the answer, mostly one.
    """
    setup = list(setup)
    handed_out = {s.text for s in setup}
    defining_it = {s.position for s in chosen}
    own = [s for s in written if s.position in defining_it or (name not in s.binds and s.text not in handed_out)]
    imported = {n for s in [*setup, *own] if isinstance(s.node, ast.Import | ast.ImportFrom) for n in s.binds}
    given = {s.position: s for s in setup if _always(s)}
    needed = {s.position: s for s in own if _always(s) or s.position in defining_it}
    pending = {name}.union(*(s.needs for s in chosen))
    done: set[str] = set()
    looked_at: set[tuple[bool, int]] = set()
    binding = _by_name((s, s.binds) for s in own)
    # Whatever is done to the answer itself belongs to it, such as a method that a later cell adds.
    last = max(s.cell for s in own if s.position in defining_it or name in s.touches)
    before = _by_name((s, s.binds | _changed(s, imported)) for s in own if s.cell <= last)
    handed = _by_name((s, s.binds | _changed(s, imported)) for s in setup)
    while pending:
        wanted = pending.pop()
        done.add(wanted)
        # What was there when the check below the answer ran; what is further down only if there is nothing else.
        defining, earlier = binding.get(wanted, []), before.get(wanted, [])
        found = [(given, s) for s in handed.get(wanted, [])]
        found += [(needed, s) for s in (earlier if any(wanted in s.binds for s in earlier) else [*earlier, *defining])]
        for collection, statement in found:
            collection[statement.position] = statement
            place = (collection is given, statement.position)
            if place not in looked_at:  # a statement of many names is found by each, and has as many needs
                looked_at.add(place)
                pending |= (statement.needs | statement.touches) - done
    return tuple(s for _, s in sorted(given.items())), tuple(s for _, s in sorted(needed.items()))


def _by_name(pairs: Iterable[tuple[Statement, frozenset[str]]]) -> dict[str, list[Statement]]:
    """Statements, in order, by each of their names: to look a name up, not all statements are gone through."""
    found: dict[str, list[Statement]] = {}
    for statement, names in pairs:
        for name in names:
            found.setdefault(name, []).append(statement)
    return found


def _always(statement: Statement) -> bool:
    """Whether it may define any name: `from x import *`."""
    node = statement.node
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _changed(statement: Statement, imported: set[str]) -> frozenset[str]:
    """Names of which it changes something that counts: of modules only settings and seeds, no plots and no files."""
    node = statement.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.touches - imported  # decorators of modules change nothing of these
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return statement.touches
    function = node.value.func
    if not isinstance(function, ast.Attribute) or root_name(function) not in imported:
        return statement.touches
    return statement.touches if function.attr.startswith("set_") or function.attr in SEEDING else frozenset()


def imports_of(statements: Iterable[Statement]) -> Mapping[str, str]:
    """Local names of what is imported at the top level -> its full name: `F` -> `torch.nn.functional`."""
    names: dict[str, str] = {}
    for statement in statements:
        names |= imported_names(statement.node)
    return names


def imported_names(tree: ast.AST) -> dict[str, str]:
    """Local names of what is imported anywhere in a tree -> its full name."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.split(".")[0]
                names[alias.asname or full] = full
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names
