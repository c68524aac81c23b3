"""Where slips happen in the code of `compare_rounds`."""

from statistics import median

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"median": median}

VARIANTS = Variants(
    """
def compare_rounds(baseline, other):
    if <refused>:
        raise <error>
    ratios = <ratios>
    return <end>
""",
    (
        Slot(
            "refused",
            "not baseline or len(baseline) != len(other)",
            (
                "not baseline or not other",
                "not baseline or len(baseline) == len(other)",
                "not baseline",
            ),
        ),
        Slot(
            "error",
            'ValueError("two lists of the same length")',
            (
                'AssertionError("two lists of the same length")',
                'IndexError("two lists of the same length")',
                'TypeError("two lists of the same length")',
            ),
        ),
        Slot(
            "ratios",
            "[after / before for before, after in zip(baseline, other)]",
            (
                "[before / after for before, after in zip(baseline, other)]",
                "[after / before for before, after in zip(sorted(baseline), sorted(other))]",
                "[after - before for before, after in zip(baseline, other)]",
                "[after / median(baseline) for after in other]",
                "[median(other) / before for before in baseline]",
                "[after / baseline[0] for after in other]",
                "[after / min(baseline) for after in other]",
                "[after / (sum(baseline) / len(baseline)) for after in other]",
                "[(after - before) / before for before, after in zip(baseline, other)]",
                "[after / before for before, after in zip(baseline[1:], other[1:])]",
                "[after / before for before in baseline for after in other]",
            ),
        ),
        Slot(
            "end",
            "median(ratios), min(ratios), max(ratios)",
            (
                "min(ratios), median(ratios), max(ratios)",
                "median(ratios), max(ratios), min(ratios)",
                "sum(ratios) / len(ratios), min(ratios), max(ratios)",
                "sorted(ratios)[len(ratios) // 2], min(ratios), max(ratios)",
                "sorted(ratios)[(len(ratios) - 1) // 2], min(ratios), max(ratios)",
                "ratios[len(ratios) // 2], min(ratios), max(ratios)",
                "median(ratios), ratios[0], ratios[-1]",
                "median(other) / median(baseline), min(ratios), max(ratios)",
                "median(ratios), min(other) / min(baseline), max(other) / max(baseline)",
                "median(ratios), min(other) / max(baseline), max(other) / min(baseline)",
                "sum(other) / sum(baseline), min(ratios), max(ratios)",
                "median(other) / median(baseline), min(other) / min(baseline), max(other) / max(baseline)",
                "median(ratios)",
            ),
        ),
    ),
    NAMES,
)
