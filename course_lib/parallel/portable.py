"""Send a function to another process, also one that was written in a notebook.

Python sends a function by its module and name, and the other process imports it. What a notebook's cell defines has no
module that could be imported; it is sent as its source, together with the notebook's other names that it uses.
"""

import ast
import inspect
import linecache
import pickle
import sys
import textwrap
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

MAIN = "__main__"  # the module that a notebook's cells, and a script, are


class Module(NamedTuple):
    """A module, to be imported there."""

    name: str


class Pickled(NamedTuple):
    """A value that pickle can send: numbers, tensors, models, and what can be imported."""

    data: bytes


class Source(NamedTuple):
    """A function, to be defined there. names: what it uses of the notebook, each before what needs it."""

    name: str
    text: str
    names: dict[str, Any]


def pack(value: Any) -> Module | Pickled | Source:
    """`value` in a form that pickle sends to a process that knows nothing of this one.

    Raises ValueError, naming it, if it cannot be sent.
    """
    if isinstance(value, FunctionType) and value.__module__ == MAIN:
        names: dict[str, Any] = {}
        text = _collect(value, names)
        return Source(value.__name__, text, names)
    return _pack_value(getattr(value, "__name__", type(value).__name__), value)


def unpack(packed: Module | Pickled | Source) -> Any:
    """What was packed, in this process."""
    if isinstance(packed, Module):
        __import__(packed.name)
        return sys.modules[packed.name]
    if isinstance(packed, Pickled):
        return pickle.loads(packed.data)
    namespace: dict[str, Any] = {"__name__": "from_notebook"}
    for name, part in packed.names.items():
        if isinstance(part, str):
            _define(name, part, namespace)
        else:
            namespace[name] = unpack(part)
    _define(packed.name, packed.text, namespace)
    return namespace[packed.name]


def _collect(function: FunctionType, names: dict[str, Any]) -> str:
    """The function's source; what it uses of its module goes into `names`."""
    if function.__closure__:
        raise ValueError(
            f"{function.__name__} uses {', '.join(function.__code__.co_freevars)} of the function that it is "
            "defined in; define it at the top of a cell and give it what it needs as arguments"
        )
    if function.__name__ == "<lambda>":
        raise ValueError("a lambda cannot be sent to another process; define the function with def, in a cell")
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except OSError as error:
        raise ValueError(
            f"the source of {function.__name__} cannot be found ({error}); define it in a cell or in a module"
        ) from error
    # Every name in the text, so that those in annotations, defaults and decorators come along.
    for name in sorted({node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}):
        if name == function.__name__ or name in names or name not in function.__globals__:
            continue
        value = function.__globals__[name]
        if isinstance(value, FunctionType) and value.__module__ == MAIN:
            names[name] = None  # known to be needed, for functions that call each other
            part = _collect(value, names)
            del names[name]  # … and entered after what it uses
            names[name] = part
        else:
            names[name] = _pack_value(name, value)
    return text


def _pack_value(name: str, value: Any) -> Module | Pickled:
    if isinstance(value, ModuleType):
        return Module(value.__name__)
    owner = value if isinstance(value, type) else type(value)
    if owner.__module__ == MAIN:
        raise ValueError(
            f"{name} is a class of this notebook, or made by one ({owner.__name__}), and cannot be sent to another "
            f"process; define {owner.__name__} inside the function that uses it, or in a module"
        )
    try:
        return Pickled(pickle.dumps(value))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(f"{name} cannot be sent to another process ({error}); make it inside the function") from error


def _define(name: str, text: str, namespace: dict[str, Any]) -> None:
    file = f"<{name}, from the notebook>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # so that tracebacks show the line
    exec(compile(text, file, "exec"), namespace)
