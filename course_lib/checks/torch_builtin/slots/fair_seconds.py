"""Where slips happen in the code of `fair_seconds`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def fair_seconds(calls, runs, warmup, clock, synchronize):
    seconds = {name: [] for name in calls}
    for number in range(<rounds>):
        for name, call in <order>:
            synchronize()
            start = clock()
            call()
            <after>
            took = <took>
            if <counts>:
                seconds[name].append(took)
    return <end>
""",
    (
        Slot(
            "rounds",
            "warmup + runs",
            (
                "runs",
                "warmup + runs + 1",
                "warmup + runs - 1",
                "warmup * runs",
            ),
        ),
        Slot(
            "order",
            "calls.items()",
            (
                "sorted(calls.items())",
                "reversed(list(calls.items()))",
                "list(calls.items())[::-1] if number % 2 else calls.items()",
            ),
        ),
        Slot("after", "synchronize()", ("pass",)),
        Slot(
            "took",
            "clock() - start",
            (
                "start - clock()",
                "clock()",
                "1000 * (clock() - start)",
                "(clock() - start) / runs",
                "(clock() - start) / len(calls)",
                "round(clock() - start)",
            ),
        ),
        Slot(
            "counts",
            "number >= warmup",
            (
                "True",
                "number > warmup",
                "number < runs",
                "number <= warmup",
                "number < warmup",
                "number >= runs",
            ),
        ),
        Slot(
            "end",
            "seconds",
            (
                "{name: sum(times) / len(times) for name, times in seconds.items()}",
                "{name: min(times) for name, times in seconds.items()}",
                "{name: sum(times) for name, times in seconds.items()}",
                "{name: sorted(times) for name, times in seconds.items()}",
                "list(seconds.values())",
                "{name: times[1:] for name, times in seconds.items()}",
            ),
        ),
    ),
)
