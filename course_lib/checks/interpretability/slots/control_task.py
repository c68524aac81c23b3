"""Where slips happen in the code of `control_task`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def control_task(kinds, drawn):
    numbers = {}
    for place, kind in enumerate(<order>):
        if kind not in numbers:
            numbers[kind] = <number>
    return <end>
""",
    (
        Slot(
            "order",
            "kinds",
            (
                "sorted(kinds)",
                "kinds[::-1]",
                "sorted(set(kinds))",
                "sorted(set(kinds), reverse=True)",
                "sorted(kinds, key=kinds.count)",
                "sorted(kinds, key=kinds.count, reverse=True)",
            ),
        ),
        Slot(
            "number",
            "len(numbers)",
            (
                "place",
                "kind",
                "-1 - len(numbers)",
                "kind % len(drawn)",
                "place % len(drawn)",
                "0",
            ),
        ),
        Slot(
            "end",
            "[drawn[numbers[kind]] for kind in kinds]",
            (
                "[numbers[kind] for kind in kinds]",
                "[drawn[kind % len(drawn)] for kind in kinds]",
                "[drawn[place % len(drawn)] for place in range(len(kinds))]",
                "[drawn[numbers[kind]] for kind in sorted(kinds)]",
                "[drawn[numbers[kind]] for kind in numbers]",
                "[drawn[len(numbers) - 1 - numbers[kind]] for kind in kinds]",
                "[drawn[0] for kind in kinds]",
                "{kind: drawn[numbers[kind]] for kind in kinds}",
                "[drawn[numbers[kind]] for kind in kinds[::-1]]",
            ),
        ),
    ),
)
