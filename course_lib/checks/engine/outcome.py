"""What came of running an answer, and running it so that a loop, an exception or a flood of prints does no harm."""

import contextlib
import ctypes
import io
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psutil
import torch

from course_lib.checks.engine.drive import Change, described

CALL_SECONDS = 10.0  # longest that one call of an answer may take
GIB = 2**30
CALL_MEMORY = 2 * GIB  # most that it may take; the largest model that an exercise counts, GPT-2, takes a quarter of it
LOOK_SECONDS = 0.1  # between two looks at the memory
CLOSE_SECONDS = 5.0  # longest that is waited for an idle thread to end; it takes a moment
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
    key: of a module that does not fit, in which way: the message tells the learner's own names.
    """

    kind: str
    message: str
    line: int | None = None
    stub: bool = False
    key: str = ""


@dataclass(frozen=True)
class TimedOut:
    """The answer was still running after `seconds`; `stopped` is False if it could not even be ended.

    filled: bytes of memory that it had taken by then, where it was ended for that.
    """

    seconds: float
    stopped: bool = True
    filled: int = 0

    def __str__(self) -> str:
        if self.filled:
            return f"your code had filled {self.filled / GIB:.1f} GiB of memory after {self.seconds:.1f} seconds"
        return f"your code was still running after {self.seconds:g} seconds"


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

    def __init__(self, seconds: float = CALL_SECONDS, answer: Any = None, memory: int = CALL_MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self.answer = answer  # the learner's code, for line numbers
        self.printed = _Clipped()
        self._abandoned = False  # whether the thread runs on and cannot be stopped
        self._calls: queue.SimpleQueue = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def run(self, function: Callable, args: tuple = (), kwargs: Mapping[str, Any] | None = None) -> Outcome:
        """Call `function`; torch's global random state is the same for every call."""
        start, taken_before = time.monotonic(), _memory()
        with contextlib.redirect_stdout(self.printed):
            self._calls.put((function, args, dict(kwargs or {})))
            try:
                while (left := start + self.seconds - time.monotonic()) > 0:
                    try:
                        return self._outcomes.get(timeout=min(left, LOOK_SECONDS))
                    except queue.Empty:
                        taken = _memory() - taken_before
                    if taken > self.memory:
                        # A list that grows for ever would fill the machine before the time is up.
                        return TimedOut(time.monotonic() - start, stopped=self._stop(), filled=taken)
            except BaseException:  # Ctrl-C: nobody waits for the call any more
                self._stop()
                raise
            return TimedOut(self.seconds, stopped=self._stop())

    def close(self) -> None:
        """End the thread, and wait until it has ended; one that cannot be stopped is left behind.

        A script that checks an answer may be over the next moment. A thread that still gives back tensors then is
        ended within torch's code, which lets the whole process die: "terminate called without an active exception".
        """
        self._calls.put(None)
        if not self._abandoned:
            self._thread.join(timeout=CLOSE_SECONDS)

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
                outcome = Raised(**described(error, self.answer))
            self._outcomes.put(outcome)

    def _stop(self) -> bool:
        """Ask the thread to end, more than once since a bare `except:` may swallow it. True if it did."""
        for _ in range(20):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(_Stop))
            self._thread.join(timeout=0.05)
            if not self._thread.is_alive():
                return True
        self._abandoned = True
        return False


def _memory() -> int:
    return psutil.Process().memory_info().rss
