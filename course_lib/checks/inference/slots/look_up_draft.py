"""Where slips happen in the code of `look_up_draft`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def look_up_draft(text, n, k):
    last = <last>
    for i in <places>:
        if <same>:
            return <draft>
    return <none>
""",
    (
        Slot(
            "last",
            "text[-n:]",
            (
                "text[-n - 1 : -1]",
                "text[:n]",
                "text[-1:]",
                "text[-k:]",
            ),
        ),
        Slot(
            "places",
            "reversed(range(len(text) - n))",
            (
                "range(len(text) - n)",
                "reversed(range(len(text) - n + 1))",
                "reversed(range(len(text) - n - 1))",
                "reversed(range(len(text) - 2 * n + 1))",
                "reversed(range(len(text) - 2 * n))",
                "reversed(range(1, len(text) - n))",
                "reversed(range(len(text) - n - k + 1))",
                "range(len(text) - n + 1)",
                "reversed(range(0, len(text) - n, n))",
            ),
        ),
        Slot(
            "same",
            "text[i : i + n] == last",
            (
                "sorted(text[i : i + n]) == sorted(last)",
                "text[i] == last[0]",
                "text[i + n - 1] == last[-1]",
                "set(text[i : i + n]) == set(last)",
                "text[i : i + n] == last[::-1]",
                "text[i : i + n] != last",
            ),
        ),
        Slot(
            "draft",
            "text[i + n : i + n + k]",
            (
                "text[i : i + k]",
                "text[i : i + n + k]",
                "text[i + 1 : i + 1 + k]",
                "text[i + n : i + k]",
                "text[i + n :]",
                "text[i + n + 1 : i + n + 1 + k]",
                "text[i + n : i + n + k + 1]",
                "text[i + n : i + n + k - 1]",
                "text[i + n - 1 : i + n - 1 + k]",
                "text[i + n : min(i + n + k, len(text) - n)]",
                "text[i + k : i + k + n]",
                "(text[i + n : i + n + k] + [0] * k)[:k]",
            ),
        ),
        Slot(
            "none",
            "[]",
            (
                "None",
                "last",
                "text[-k:]",
            ),
        ),
    ),
)
