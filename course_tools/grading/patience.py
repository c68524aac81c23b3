"""A limit on what the grader's own process computes, whatever an answer has sent it to work on."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class TooMuchWork(BaseException):
    """The limit was reached. Not an Exception, so that nothing on the way takes it for an error of its own."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooMuchWork in the body once this process has computed for so long.

    Waiting for a worker does not count, which has limits of its own. Where signals are not received, in other threads
    than the first one, as on a cluster, there is no limit.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooMuchWork(f"it took the grader more than {seconds:g} seconds of computing")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
