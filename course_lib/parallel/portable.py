"""Send a function to another process, also one that was written in a notebook.

Python sends a function or a class by its module and name, and the other process imports it. What a notebook's cell
defines has no module that could be imported: cloudpickle sends it whole, with the notebook's other names that it uses.
The text of the cells goes along, so that an error there shows its line.
"""

import inspect
import linecache
import pickle
from types import FunctionType
from typing import Any

import cloudpickle

CELL = "<a cell of the notebook>"


def pack(value: Any, remedy: str = "make it inside the function") -> bytes:
    """`value` as bytes that a process understands which knows nothing of this one.

    Raises ValueError, naming what is in the way, if it cannot be sent.
    """
    try:
        return cloudpickle.dumps((_cells(), value))
    except Exception as error:  # an object may raise what it likes when it is asked for its parts
        name, why = _in_the_way(value, error)
        raise ValueError(f"{name} cannot be sent to another process ({why}); {remedy}") from None


def unpack(packed: bytes) -> Any:
    """What was packed, in this process."""
    cells, value = pickle.loads(packed)
    linecache.cache.update(cells)
    return value


def with_cells_named(text: str) -> str:
    """A traceback in which cells are called so, not by the invented file names that differ from run to run."""
    for file in _cells():
        text = text.replace(f'"{file}"', f'"{CELL}"')
    return text


def _cells() -> dict[str, Any]:
    """What Python knows of files that are nowhere on disk, which is how IPython keeps the text of its cells."""
    return {file: entry for file, entry in linecache.cache.items() if len(entry) > 1 and entry[1] is None}


def _in_the_way(value: Any, error: Exception) -> tuple[str, Exception]:
    """The name of what cannot be sent, and why: of the names that a function and its helpers use, or its own."""
    helpers = [value] if isinstance(value, FunctionType) else []
    for function in helpers:
        used = inspect.getclosurevars(function)
        for name, part in {**used.nonlocals, **used.globals}.items():
            if isinstance(part, FunctionType):
                helpers += [part] if part not in helpers else []
                continue
            try:
                cloudpickle.dumps(part)
            except Exception as of_part:
                return name, of_part
    return value.__name__ if isinstance(value, FunctionType | type) else f"a {type(value).__name__}", error
