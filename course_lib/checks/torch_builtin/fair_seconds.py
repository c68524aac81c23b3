"""Exercise 6 of lesson 09: a fair timer."""

from collections.abc import Callable, Mapping

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception


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


def timer_cases(generator: torch.Generator) -> list[Case]:
    """Two calls on the CPU; two on a device that works on while the program goes on; three whose first call is slow."""

    def drawn(count: int) -> dict[str, float]:
        work = 1 + 4 * torch.rand(count, generator=generator, dtype=torch.float64)
        return {name: round(seconds, 3) for name, seconds in zip("abc", work.tolist(), strict=False)}

    return [
        Case(({"a": 1.0, "b": 2.0}, 2, 1), {"first_extra": 5.0}, label="a takes 1 s, b 2 s, the first call 5 s more"),
        Case((drawn(2), 3, 2), {"first_extra": 9.0, "queue": True}, label="a device with a queue, 3 runs, 2 warm-ups"),
        Case((drawn(3), 2, 1), {"first_extra": 3.0, "queue": True, "slow_from": 12.0}, label="the machine slows down"),
    ]


EXERCISE = Exercise(
    name="fair_seconds",
    reference=fair_seconds,
    forbidden=(
        "course_lib.show.profiling.time_interleaved",
        "course_lib.show.profiling.interleaved_seconds",
    ),
    cases=timer_cases,
    drive=drive.time_on_a_fake_clock,
    misconceptions=(
        Misconception(
            "no warm-up",
            fair_seconds_with(warm_up=False),
            "The first call of each pays for what is done only once. Make `warmup` rounds that do not count.",
        ),
        Misconception(
            "warm-up counted",
            fair_seconds_with(keep_warmup=True),
            "The warm-up rounds are there to be forgotten: their seconds do not belong in the lists.",
        ),
        Misconception(
            "one after the other",
            fair_seconds_with(take_turns=False),
            "All runs of one, then all of the next: a slow minute hits only one of them. Let them take turns.",
        ),
        Misconception(
            "not waited for afterwards",
            fair_seconds_with(wait_after=False),
            "A call on a GPU returns when the work is queued, not when it is done, so you measure the queueing: "
            "synchronize() before you read the clock.",
        ),
        Misconception(
            "not waited for beforehand",
            fair_seconds_with(wait_before=False),
            "Work that is still queued from the call before is counted as this one's: synchronize() before you "
            "start the clock.",
        ),
    ),
    hints=(
        "Two loops, one inside the other. Which is outside: the rounds, or the calls?",
        "for _ in range(runs): for name, call in calls.items(): one measurement. Before all that, `warmup` rounds "
        "without a clock.",
        "synchronize(); start = clock(); call(); synchronize(); seconds[name].append(clock() - start)",
    ),
    review="lesson 09, 'A fair race'",
)
