"""Where slips happen in the code of `distinct_share`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def distinct_share(texts, n):
    grams = <grams>
    return <share>
""",
    (
        Slot(
            "grams",
            "[tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]",
            (
                "[tuple(t[i : i + n]) for t in texts for i in range(len(t) - n)]",
                "[tuple(t[i : i + n]) for t in texts for i in range(len(t))]",
                "[tuple(t[i : i + n]) for t in texts for i in range(0, len(t) - n + 1, n)]",
                "[tuple(t[i : i + n]) for t in texts for i in range(0, len(t), n)]",
                "[tuple(t[i : i + n + 1]) for t in texts for i in range(len(t) - n)]",
                "[tuple(t[i : i + n - 1]) for t in texts for i in range(len(t) - n + 1)]",
                "[tuple(sorted(t[i : i + n])) for t in texts for i in range(len(t) - n + 1)]",
                "[frozenset(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]",
                "[sum(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)]",
                "[t[i] for t in texts for i in range(len(t) - n + 1)]",
                "[t[i] for t in texts for i in range(len(t))]",
                "[(number, *t[i : i + n]) for number, t in enumerate(texts) for i in range(len(t) - n + 1)]",
                "[tuple(texts[0][i : i + n]) for i in range(len(texts[0]) - n + 1)]",
                "[tuple(texts[-1][i : i + n]) for i in range(len(texts[-1]) - n + 1)]",
                "[g for t in texts for g in {tuple(t[i : i + n]) for i in range(len(t) - n + 1)}]",
            ),
        ),
        Slot(
            "share",
            "len(set(grams)) / len(grams) if grams else 0.0",
            (
                "len(grams) / len(set(grams)) if grams else 0.0",
                "len(set(grams)) / sum(len(t) for t in texts) if grams else 0.0",
                "len(set(grams)) / len(texts) if grams else 0.0",
                "len(set(grams)) / len(grams) if grams else 1.0",
                "1 - len(set(grams)) / len(grams) if grams else 0.0",
                "len(set(grams)) // len(grams) if grams else 0.0",
                "sum(grams.count(g) == 1 for g in grams) / len(grams) if grams else 0.0",
                "sum(a != b for a, b in zip(grams, grams[1:])) / len(grams) if grams else 0.0",
                "len(set(grams)) / (len(grams) + 1) if grams else 0.0",
                "len(set(grams)) if grams else 0.0",
                "sum(len({g for g in grams}) for t in texts) / len(grams) if grams else 0.0",
            ),
        ),
    ),
)
