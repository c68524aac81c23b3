"""Where slips happen in the code of `count_pairs`."""

from course_lib import tokenization
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"tokenization": tokenization}

VARIANTS = Variants(
    """
def count_pairs(words):
    counts = {}
    for word, times in words.items():
        for i in range(<start>, len(word) <stop>, <step>):
            pair = <pair>
            counts[pair] = counts.get(pair, <zero>) + <times>
    return counts
""",
    (
        Slot("start", "0", ("1",)),
        Slot("stop", "- 1", ("- 2",)),
        Slot("step", "1", ("2",)),
        Slot(
            "pair",
            "(word[i], word[i + 1])",
            (
                "(word[i + 1], word[i])",
                "(word[i], word[-1])",
                "(word[0], word[i + 1])",
                "(word[i], word[i])",
                "tuple(sorted((word[i], word[i + 1])))",
                "(word[i - 1], word[i])",
                "word[i : i + 3]",
                "word[i]",
                "(word[i], word[i + 1], times)",
            ),
        ),
        Slot("zero", "0", ("1", "times", "-1")),
        Slot(
            "times",
            "times",
            ("1", "times + 1", "times - 1", "times**2", "times * len(word)", "2 * times", "len(word)", "len(words)"),
        ),
    ),
    NAMES,
)
