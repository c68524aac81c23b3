"""Exercise 6 of lesson 09: a fair timer."""

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.torch_builtin.inputs import drawn_size
from course_lib.checks.torch_builtin.slots.fair_seconds import VARIANTS
from course_lib.checks.torch_builtin.timers import (
    all_runs_at_once,
    clock_before_the_wait,
    cumulative_seconds,
    each_by_itself,
    fair_seconds,
    fair_seconds_with,
)


def timer_cases(generator: torch.Generator) -> list[Case]:
    """Two calls on the CPU; two on a device that works on while the program goes on; three whose first call is slow."""

    def drawn(count: int) -> dict[str, float]:
        work = 1 + 4 * torch.rand(count, generator=generator, dtype=torch.float64)
        return {name: round(seconds, 3) for name, seconds in zip("abc", work.tolist(), strict=False)}

    runs, rounds = drawn_size(generator, 2, 5), drawn_size(generator, 0, 3)
    return [
        Case(({"a": 1.0, "b": 2.0}, 2, 1), {"first_extra": 5.0}, label="a takes 1 s, b 2 s, the first call 5 s more"),
        Case(({"b": 2.0, "a": 1.0}, 2, 0), {"first_extra": 3.0}, label="b before a, without any warm-up"),
        Case(
            ({"a": 1.0, "b": 2.0}, 2, 0),
            {"queue": True, "busy": 4.0},
            label="4 s of other work are still queued",
        ),
        Case((drawn(2), 3, 2), {"first_extra": 9.0, "queue": True}, label="a device with a queue, 3 runs, 2 warm-ups"),
        Case((drawn(3), runs, rounds), {"queue": True}, label=f"three calls, {runs} runs, {rounds} warm-ups"),
        Case((drawn(3), 2, 1), {"first_extra": 3.0, "queue": True, "slow_from": 12.0}, label="the machine slows down"),
    ]


EXERCISE = Exercise(
    name="fair_seconds",
    reference=fair_seconds,
    variants=VARIANTS,
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
        Misconception(
            "the wait inside the measurement",
            clock_before_the_wait,
            "You start the clock, and then wait for earlier work, which is counted as this call's: first "
            "synchronize(), then start = clock().",
        ),
        Misconception(
            "one after the other, each warmed up by itself",
            each_by_itself,
            "All runs of one, then all of the next: a slow minute hits only one of them. First all warm-up rounds; "
            "then rounds "
            "in which every call has its turn.",
        ),
        Misconception(
            "a single warm-up round",
            lambda calls, runs, warmup, clock, synchronize: fair_seconds(
                calls, runs, min(warmup, 1), clock, synchronize
            ),
            "There is one warm-up round, whatever `warmup` says. Make as many as it asks for.",
        ),
        Misconception(
            "the mean in place of the list",
            lambda calls, runs, warmup, clock, synchronize: {
                name: sum(times) / len(times)
                for name, times in fair_seconds(calls, runs, warmup, clock, synchronize).items()
            },
            "Keep the seconds of every run, a list for each call: whoever compares needs them round by round.",
        ),
        Misconception(
            "one measurement of all runs",
            all_runs_at_once,
            "You read the clock once around all runs. Each call in each round has a measurement of its own.",
        ),
        Misconception(
            "the clock started once",
            cumulative_seconds,
            "You look at the clock once, before all rounds, so that each time holds those before it. Start it anew "
            "before every call.",
        ),
        Misconception(
            "one run too many",
            lambda calls, runs, warmup, clock, synchronize: fair_seconds(calls, runs + 1, warmup, clock, synchronize),
            "There is one round more than `runs`.",
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
