"""Where slips happen in the code of `greedy_round`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def greedy_round(drafted, best):
    n = 0
    while <agree>:
        n += 1
    return <end>
""",
    (
        Slot(
            "agree",
            "n < len(drafted) and drafted[n] == best[n]",
            (
                "n < len(drafted) - 1 and drafted[n] == best[n]",
                "n < len(drafted) and drafted[n] != best[n]",
                "n < len(drafted) and drafted[n] == best[n + 1]",
                "n < len(drafted) and drafted[n] in best",
                "n < len(drafted) and drafted[n] <= best[n]",
                "n < len(drafted)",
                "n < len(drafted) and drafted[0] == best[0]",
                "n < len(drafted) and drafted[: n + 1] == best[: n + 1] and n < 2",
            ),
        ),
        Slot(
            "end",
            "best[: n + 1]",
            (
                "best[:n]",
                "drafted[:n]",
                "drafted[: n + 1]",
                "drafted[:n] + [best[-1]]",
                "drafted[:n] + best[n:]",
                "best",
                "drafted",
                "[best[n]]",
                "[d for d, b in zip(drafted, best) if d == b] + [best[-1]]",
                "[d for d, b in zip(drafted, best) if d == b]",
                "[d for d, b in zip(drafted, best) if d == b] + [best[n]]",
                "[b for d, b in zip(drafted, best) if d != b]",
                "best[: max(n, 1)]",
                "best[: n + 2]",
                "best[: n + 1] if n < len(drafted) else drafted",
                "drafted[:n] + [best[n - 1]]",
                "drafted[: n + 1] + best[n : n + 1]",
                "drafted[:n] + best[n + 1 :]",
                "drafted[: n + 1] if n < len(drafted) else best",
            ),
        ),
    ),
)
