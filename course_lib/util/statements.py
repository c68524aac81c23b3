"""A cell's code as statements that know what they define and what they need; no line of it is run.

Code is read with `ast`, once IPython has made Python of what only it understands.
"""

import ast
import functools
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from course_lib.util.magics import without_magics

MAX_CELL_CHARACTERS = 100_000  # of code
SHORT = 2_000  # characters of a cell whose statements are kept
SEEDING = ("manual_seed", "seed")  # calls on a module that change what follows


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell. position: counted through the notebook; line: within the cell, from 1.

    binds: names it defines.   touches: names it changes something of.   needs: names it looks up, however deep.
    """

    position: int
    cell: int
    line: int
    text: str
    node: ast.stmt = field(repr=False, compare=False)
    binds: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def statements_of(code: str, cell: int, position: int, problems: list[str]) -> list[Statement]:
    """The statements of a cell's code. position: of the first.   problems: gets a sentence if they cannot be read."""
    if len(code) < SHORT and (known := _statements_of_short(code)) is not None:
        return [replace(one, position=position + index, cell=cell) for index, one in enumerate(known)]
    return _statements_of(code, cell, position, problems)


@functools.lru_cache(maxsize=1_000)
def _statements_of_short(code: str) -> tuple[Statement, ...] | None:
    """What was handed out stands in the notebook of each student of a class: read once; None if it cannot be read."""
    problems: list[str] = []
    found = _statements_of(code, 0, 0, problems)
    return None if problems else tuple(found)


def _statements_of(code: str, cell: int, position: int, problems: list[str]) -> list[Statement]:
    if len(code) > MAX_CELL_CHARACTERS:
        problems.append(f"cell {cell} has more than {MAX_CELL_CHARACTERS:,} characters of code and is left out")
        return []
    source, tree = code, _parse(code)
    if isinstance(tree, str):
        source = without_magics(code)
        tree = _parse(source) if source.strip() else ast.Module([], [])
    if isinstance(tree, str):
        problems.append(f"cell {cell} is not Python: {tree}")
        return []
    lines = source.split("\n")
    found: list[Statement] = []
    try:
        for index, node in ((index, part) for index, whole in enumerate(tree.body) for part in _one_import_each(whole)):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            last = node.end_lineno or node.lineno
            neighbours = [*tree.body[max(index - 1, 0) : index], *tree.body[index + 1 : index + 2]]
            shared = any(first <= (other.end_lineno or 0) and other.lineno <= last for other in neighbours)
            alone = node is tree.body[index] and not shared
            text = "\n".join(lines[first - 1 : last]) if alone else "\n" * (node.lineno - first) + ast.unparse(node)
            names, needs = _names(node), frozenset(_needs(symtable.symtable(text, "cell", "exec")))
            place = (position + len(found), cell, first)
            found.append(Statement(*place, text, node, frozenset(names.binds), frozenset(names.touches), needs))
    except SyntaxError as error:
        problems.append(f"cell {cell} is not Python: {error.msg}")
        return []
    except (RecursionError, MemoryError):
        problems.append(f"cell {cell} is nested too deeply and is left out")
        return []
    return found


def _one_import_each(node: ast.stmt) -> list[ast.stmt]:
    """`import a, b` as two statements: who needs one of them need not wait for the other."""
    if isinstance(node, ast.Import):
        return [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node) for alias in node.names]
    return [node]


def _parse(source: str) -> ast.Module | str:
    """The tree, or why there is none."""
    try:
        return ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"


class _Names(ast.NodeVisitor):
    """What a statement binds at the top level, and what it changes."""

    def __init__(self) -> None:
        self.binds: set[str] = set()
        self.touches: set[str] = set()
        self.depth = 0  # of functions, classes and comprehensions, which have names of their own

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and self.depth == 0:
            self.binds.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._visit_place(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._visit_place(node)

    def _visit_place(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load) and self.depth == 0 and (base := root_name(node)):
            self.touches.add(base)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        if self.depth == 0:
            self.binds.update((alias.asname or alias.name).split(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if self.depth == 0:
            self.binds.update(alias.asname or alias.name for alias in node.names)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if self.depth == 0 and isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute) and (base := root_name(call.func)):
                self.touches.add(base)
            elif isinstance(call.func, ast.Name) and call.func.id in ("setattr", "delattr") and call.args:
                self.touches.update(name for name in [root_name(call.args[0])] if name)
        self.generic_visit(node)

    def _visit_scope(self, node: ast.AST) -> None:
        if self.depth == 0 and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.binds.add(node.name)
            for decorator in node.decorator_list:  # `@area.register` adds something to `area`
                place = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(place, ast.Attribute) and (base := root_name(place)):
                    self.touches.add(base)
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _visit_scope  # noqa: N815
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_scope  # noqa: N815


def _names(node: ast.stmt) -> _Names:
    names = _Names()
    names.visit(node)
    return names


def _needs(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that the code of a scope, and of those within, looks up at the top level."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        # `global n` and then `n += 1` reads n, though a symbol table calls that an assignment alone.
        if symbol.is_declared_global() or (symbol.is_referenced() and (top or symbol.is_global())):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _needs(inner)


def reads_before(node: ast.stmt, name: str) -> bool:
    """Whether a statement looks a name up while it defines it: `f = twice(f)`, `class A(A)`, but not a call of itself.

    What stands in the body of a function is looked up when that is called, by then it is what was defined last.
    """
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load):
            return True
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += [*part.decorator_list, *part.args.defaults, *filter(None, part.args.kw_defaults)]
        elif not isinstance(part, ast.Lambda):
            pending += ast.iter_child_nodes(part)
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name


def root_name(node: ast.AST) -> str:
    """`a` of `a.b[c].d`; empty if it begins with something else."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
