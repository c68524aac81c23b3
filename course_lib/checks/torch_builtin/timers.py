"""A fair timer, and what becomes of it with the mistakes that are made in it."""

from collections.abc import Callable, Mapping


def fair_seconds(
    calls: Mapping[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """Seconds of each call in each round: warmed up, taking turns, and the device waited for on both sides."""
    for _ in range(warmup):
        for call in calls.values():
            call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            synchronize()
            start = clock()
            call()
            synchronize()
            seconds[name].append(clock() - start)
    return seconds


def fair_seconds_with(
    *,
    warm_up: bool = True,
    take_turns: bool = True,
    wait_before: bool = True,
    wait_after: bool = True,
    keep_warmup: bool = False,
) -> Callable[..., dict[str, list[float]]]:
    """`fair_seconds` with one of its rules broken."""

    def mutant(
        calls: Mapping[str, Callable[[], object]],
        runs: int,
        warmup: int,
        clock: Callable[[], float],
        synchronize: Callable[[], None],
    ) -> dict[str, list[float]]:
        seconds: dict[str, list[float]] = {name: [] for name in calls}

        def measure(name: str) -> None:
            if wait_before:
                synchronize()
            start = clock()
            calls[name]()
            if wait_after:
                synchronize()
            seconds[name].append(clock() - start)

        for _ in range(warmup if warm_up else 0):
            for name, call in calls.items():
                if keep_warmup:
                    measure(name)
                else:
                    call()
        order = list(calls) * runs if take_turns else [name for name in calls for _ in range(runs)]
        for name in order:
            measure(name)
        return seconds

    return mutant


def each_by_itself(
    calls: Mapping[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """One call is warmed up and measured, then the next."""
    seconds: dict[str, list[float]] = {}
    for name, call in calls.items():
        seconds |= fair_seconds({name: call}, runs, warmup, clock, synchronize)
    return seconds


def cumulative_seconds(
    calls: Mapping[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """The clock is started once, before all rounds."""
    fair_seconds(calls, 0, warmup, clock, synchronize)
    synchronize()
    start = clock()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            call()
            synchronize()
            seconds[name].append(clock() - start)
    return seconds


def all_runs_at_once(
    calls: Mapping[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """One number a call, for all its runs."""
    fair_seconds(calls, 0, warmup, clock, synchronize)
    seconds = {}
    for name, call in calls.items():
        synchronize()
        start = clock()
        for _ in range(runs):
            call()
        synchronize()
        seconds[name] = [clock() - start]
    return seconds


def clock_before_the_wait(
    calls: Mapping[str, Callable[[], object]],
    runs: int,
    warmup: int,
    clock: Callable[[], float],
    synchronize: Callable[[], None],
) -> dict[str, list[float]]:
    """The clock is read first, and then the device is waited for; the same in the rounds that do not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(warmup + runs):
        for name, call in calls.items():
            start = clock()
            synchronize()
            call()
            synchronize()
            seconds[name].append(clock() - start)
    return {name: times[warmup:] for name, times in seconds.items()}
