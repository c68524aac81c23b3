"""What is told of an error that an answer raised, and whether it says that nothing was attempted."""

import dis
import traceback
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from course_lib.checks.engine.drive.misfit import Misfit
from course_lib.checks.engine.drive.operators import hint_at_operators

KIND_CHARACTERS, MESSAGE_CHARACTERS = 100, 2_000
KEEPS = ("STORE_", "DELETE_", "RETURN_", "YIELD_", "JUMP_", "POP_JUMP_", "FOR_ITER")  # what an attempt is compiled to
LEFT_OVER = "the `raise NotImplementedError()` that you were given still stands in your code: delete it"


def described(error: BaseException, answer: Any = None) -> dict[str, Any]:
    """`{"kind", "message", "line", "stub", "key"}` of an error that `answer` raised.

    line: the innermost line of the answer's own code that the error passed through, whatever it is wrapped in.
    stub: whether the `raise NotImplementedError()` that stands where an answer should raised it, before anything was
    done. Torch raises errors of that class as well: for a module without `forward`, from a file of its own, and for
    numbers that cannot be combined, from the line that combines them, which is not a `raise`.
    key: what two errors of a kind have in common whose messages tell different names.
    """
    codes = code_of(answer)
    files = {code.co_filename for code in codes}
    try:
        message = hint_at_operators(str(error)[:MESSAGE_CHARACTERS])
    except BaseException:
        message = "an error that cannot be shown"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    raised_in = _raised_in(error)
    stub = raised_in in codes and _does_nothing(raised_in, answer)
    if raised_in is not None and raised_in.co_filename in files and not message:
        message = LEFT_OVER
    kind = type(error).__name__[:KIND_CHARACTERS]
    key = error.key if isinstance(error, Misfit) else ""
    return {"kind": kind, "message": message, "line": lines[-1] if lines else None, "stub": stub, "key": key}


def code_of(answer: Any) -> tuple[CodeType, ...]:
    """The code of all functions that make up an answer: inside decorators, partials, methods and properties."""
    found: list[CodeType] = []
    pending, seen = [answer], set()
    while pending:
        value = pending.pop()
        if id(value) in seen or value is None:
            continue
        seen.add(id(value))
        if hasattr(value, "__wrapped__") and not isinstance(value, type):
            pending.append(value.__wrapped__)
        elif isinstance(value, FunctionType):
            found.append(value.__code__)
            inside = [cell for cell in value.__closure__ or () if cell != type(cell)()]
            pending += [cell.cell_contents for cell in inside if _has_code(cell.cell_contents)]
        elif isinstance(value, partial):
            pending.append(value.func)
        elif isinstance(value, (MethodType, staticmethod, classmethod)):
            pending.append(value.__func__)
        elif isinstance(value, property):
            pending += [value.fget, value.fset]
        elif isinstance(value, type):
            pending += [member for member in vars(value).values() if _has_code(member)]
    return tuple(found)


def _has_code(value: Any) -> bool:
    return isinstance(value, (FunctionType, partial, MethodType, staticmethod, classmethod, property)) or hasattr(
        value, "__wrapped__"
    )


def _raised_in(error: BaseException) -> CodeType | None:
    """The code whose own `raise NotImplementedError` it was, if it was one."""
    trace = error.__traceback__
    if type(error) is not NotImplementedError or trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return code if code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"] else None


def _does_nothing(code: CodeType | None, answer: Any) -> bool:
    """Whether nothing is kept, decided or returned in the code before its `raise`.

    Of a class, what is called first counts: where `__init__` was written, something was attempted.
    """
    if code is None or not _is_idle(code):
        return False
    first: Callable[..., Any] | None = vars(answer).get("__init__") if isinstance(answer, type) else None
    return code.co_name == "__init__" or not isinstance(first, FunctionType) or _is_idle(first.__code__)


def _is_idle(code: CodeType) -> bool:
    return not any(step.opname.startswith(KEEPS) for step in dis.get_instructions(code))
