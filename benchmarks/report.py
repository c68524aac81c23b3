"""What a benchmark reports: ratios measured in turns, the target, whether it was met, one table of it all."""

import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil

HEADINGS = ("what", "against", "measured", "spread", "target", "met")
SECONDS_BETWEEN_LOOKS = 0.002  # at the memory of a process
WIDTHS = (44, 44, 10, 15, 10, 3)  # characters a column


@dataclass(frozen=True)
class Measurement:
    """One line of the table: the values of several rounds, and the bound that their median must keep.

    what: the work, as ours does it.   against: the baseline, named.   values: one a round.
    unit: "×" for a ratio, "MB" for memory.   at_least, at_most: the target; neither is a plain report.
    """

    what: str
    against: str
    values: tuple[float, ...]
    unit: str = "×"
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"{self.what}: a measurement needs at least one value")
        if self.at_least is not None and self.at_most is not None:
            raise ValueError(f"{self.what}: give at_least or at_most, not both")

    @property
    def median(self) -> float:
        """The value that is compared with the target."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the target was reached, or None if there is none."""
        if self.at_least is not None:
            return self.median >= self.at_least
        if self.at_most is not None:
            return self.median <= self.at_most
        return None

    def cells(self) -> tuple[str, ...]:
        """The line's text, a string for each of HEADINGS."""
        if self.at_least is not None:
            target = f"≥ {self.at_least:g} {self.unit}"
        elif self.at_most is not None:
            target = f"≤ {self.at_most:g} {self.unit}"
        else:
            target = "-"
        verdict = {True: "yes", False: "NO", None: "-"}[self.met]
        spread = f"{min(self.values):.2f} … {max(self.values):.2f}"
        return self.what, self.against, f"{self.median:.2f} {self.unit}", spread, target, verdict


def _seconds_in_turns(
    ours: Callable[[], object], baseline: Callable[[], object], runs: int
) -> list[tuple[float, float]]:
    """Seconds of (ours, baseline) in each round, after one untimed round; who starts alternates."""
    if runs < 1:
        raise ValueError(f"runs must be at least 1, got {runs}")

    def seconds(call: Callable[[], object]) -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    ours()
    baseline()
    rounds = []
    for number in range(runs):
        if number % 2 == 0:
            mine, theirs = seconds(ours), seconds(baseline)
        else:
            theirs, mine = seconds(baseline), seconds(ours)
        rounds.append((mine, theirs))
    return rounds


def speedup(
    what: str,
    ours: Callable[[], object],
    *,
    against: str,
    baseline: Callable[[], object],
    runs: int,
    at_least: float | None = None,
) -> Measurement:
    """How many times faster ours is: the baseline's seconds over ours, in each round."""
    ratios = tuple(theirs / mine for mine, theirs in _seconds_in_turns(ours, baseline, runs))
    return Measurement(what, against, ratios, at_least=at_least)


def relative_time(
    what: str,
    ours: Callable[[], object],
    *,
    against: str,
    baseline: Callable[[], object],
    runs: int,
    at_most: float | None = None,
) -> Measurement:
    """How much of the baseline's time ours takes: our seconds over the baseline's, in each round."""
    ratios = tuple(mine / theirs for mine, theirs in _seconds_in_turns(ours, baseline, runs))
    return Measurement(what, against, ratios, at_most=at_most)


def extra_megabytes(call: Callable[[], object]) -> float:
    """How far the process's memory rose above what it held before `call()`, at its highest, in 10⁶ bytes."""
    process = psutil.Process()
    before = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(SECONDS_BETWEEN_LOOKS):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        kept = call()  # held until the watcher has seen it
        peak = max(peak, process.memory_info().rss)
        del kept
    finally:
        done.set()
        watcher.join()
    return (peak - before) / 1e6


def text_line(cells: Iterable[str]) -> str:
    """A line of the table for a terminal."""
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def markdown_table(measurements: Iterable[Measurement]) -> str:
    """The table in Markdown, as the README shows it."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(measurement.cells() for measurement in measurements)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
