"""Exercising a timer, on a clock that only calls move."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from course_lib.checks.engine.drive.behind import behind


class FakeDevice:
    """A clock that only calls move, so that a timer can be tried without waiting. All times in seconds.

    work: what each call takes.   first_extra: what the first of each takes more.   slow_from: from this time on,
    everything takes twice as long.   queue: calls return at once, and the work goes on behind them, as on a GPU.
    busy: what the device has left to do, of something else, at the beginning.
    """

    def __init__(
        self,
        work: Mapping[str, float],
        first_extra: float = 0.0,
        queue: bool = False,
        slow_from: float | None = None,
        busy: float = 0.0,
    ) -> None:
        self.now = 0.0
        self.order: list[str] = []
        self._work, self._first_extra, self._queue, self._slow_from = work, first_extra, queue, slow_from
        self._done = busy  # when the device will have finished all that was asked of it

    def call(self, name: str) -> None:
        """Do the work of that name, or queue it."""
        seconds = self._work[name] + (0.0 if name in self.order else self._first_extra)
        begin = max(self.now, self._done)
        slow = self._slow_from is not None and begin >= self._slow_from
        self._done = begin + seconds * (2 if slow else 1)
        self.order.append(name)
        if self._queue:
            self.now += 0.01  # to queue it takes a moment
        else:
            self.now = self._done

    def clock(self) -> float:
        """The time."""
        return self.now

    def synchronize(self) -> None:
        """Wait until the device has nothing left to do."""
        self.now = max(self.now, self._done)


def time_on_a_fake_clock(
    answer: Callable[..., Any], work: Mapping[str, float], runs: int, warmup: int, **device: Any
) -> dict[str, Any]:
    """`{"seconds", "order of calls"}` of `answer(calls, runs, warmup, clock, synchronize)` on a `FakeDevice`."""
    fake = FakeDevice(work, **device)
    calls = {name: behind(partial(fake.call, name)) for name in work}
    seconds = answer(calls, runs, warmup, behind(fake.clock), behind(fake.synchronize))
    return {"seconds": seconds, "order of calls": fake.order}
