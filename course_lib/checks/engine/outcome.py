"""What came of running an answer, and running it so that a loop, an exception or a flood of prints does no harm."""

import contextlib
import ctypes
import io
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from course_lib.checks.engine.drive import Change, raised_by_stub

CALL_SECONDS = 10.0  # longest that one call of an answer may take
PRINTED_CHARACTERS = 1_000  # of what an answer prints, this much is kept


@dataclass(frozen=True)
class Returned:
    """The answer returned a value. changes: inputs that are not what they were before."""

    value: Any
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Raised:
    """The answer raised an exception; line is the line of the learner's code, if it is known.

    stub: whether it was the `raise NotImplementedError()` that stands where an answer should.
    """

    kind: str
    message: str
    line: int | None = None
    stub: bool = False


@dataclass(frozen=True)
class TimedOut:
    """The answer was still running after `seconds`; `stopped` is False if it could not even be ended."""

    seconds: float
    stopped: bool = True


Outcome = Returned | Raised | TimedOut


class _Stop(BaseException):
    """Sent into a thread whose time is up; not an Exception, so that `except Exception` lets it pass."""


class _Clipped(io.StringIO):
    """Keeps the first characters written to it and forgets the rest."""

    def write(self, text: str) -> int:
        room = PRINTED_CHARACTERS - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


class Runner:
    """Runs calls one after another in a thread of its own, each with a time limit.

    A thread, not a signal: it works on every platform and outside the main thread as well. An abandoned
    thread is a daemon, so it cannot keep the kernel from ending.
    """

    def __init__(self, seconds: float = CALL_SECONDS, file: str | None = None) -> None:
        self.seconds = seconds
        self.file = file  # where the learner's code stands, for line numbers
        self.printed = _Clipped()
        self._calls: queue.SimpleQueue = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def run(self, function: Callable, args: tuple = (), kwargs: Mapping[str, Any] | None = None) -> Outcome:
        """Call `function`; torch's global random state is the same for every call."""
        self._calls.put((function, args, dict(kwargs or {})))
        try:
            with contextlib.redirect_stdout(self.printed):
                return self._outcomes.get(timeout=self.seconds)
        except queue.Empty:
            return TimedOut(self.seconds, stopped=self._stop())

    def close(self) -> None:
        """End the thread once it is idle."""
        self._calls.put(None)

    def _work(self) -> None:
        while (job := self._calls.get()) is not None:
            function, args, kwargs = job
            try:
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(0)
                    outcome: Outcome = Returned(function(*args, **kwargs))
            except _Stop:
                return
            except BaseException as error:
                stub = raised_by_stub(error, self.file)
                outcome = Raised(type(error).__name__, str(error), _line_in(self.file, error), stub)
            self._outcomes.put(outcome)

    def _stop(self) -> bool:
        """Ask the thread to end, more than once since a bare `except:` may swallow it. True if it did."""
        for _ in range(20):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(_Stop))
            self._thread.join(timeout=0.05)
            if not self._thread.is_alive():
                return True
        return False


def source_file(answer: Any) -> str | None:
    """The file or notebook cell in which a function or class was written, as tracebacks call it."""
    if isinstance(answer, type):
        return next((file for member in vars(answer).values() if (file := source_file(member))), None)
    code = getattr(answer, "__code__", None)
    return code.co_filename if code is not None else None


def _line_in(file: str | None, error: BaseException) -> int | None:
    """Number of the innermost line of `file` that the error passed through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return lines[-1] if lines else None
