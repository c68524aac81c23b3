"""Where slips happen in the code of `train_merges`."""

from course_lib import tokenization
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"tokenization": tokenization}

VARIANTS = Variants(
    """
def train_merges(words, num_merges):
    merges = []
    for number in range(<times>):
        counts = tokenization.count_pairs(<counted>)
        if not counts or max(counts.values()) < <least>:
            break
        pair = <best>
        merges.append(<kept>)
        words = <merged>
    return merges
""",
    (
        Slot("times", "num_merges", ("num_merges - 1", "num_merges + 1")),
        Slot("counted", "words", ("dict.fromkeys(words, 1)",)),
        Slot("least", "2", ("1", "3", "4", "max(counts.values()) + 1")),
        Slot(
            "best",
            "min(counts, key=lambda p: (-counts[p], p))",
            (
                "max(counts, key=lambda p: (counts[p], p))",
                "max(counts, key=counts.get)",
                "min(counts, key=lambda p: (-counts[p], p[1], p[0]))",
                "min(counts, key=lambda p: (-counts[p], p[0], -p[1]))",
                "min(counts, key=lambda p: (-counts[p], -p[0], p[1]))",
                "min(counts, key=lambda p: (-counts[p], sum(p)))",
                "min(counts, key=lambda p: (-counts[p], sum(p), p))",
                "min(counts, key=lambda p: (-counts[p], max(p), p))",
                "min(counts, key=lambda p: (-counts[p], str(p)))",
                "min(counts, key=lambda p: (counts[p], p))",
                "[p for p in counts if counts[p] == max(counts.values())][-1]",
            ),
        ),
        Slot("kept", "pair", ("pair[::-1]", "(pair, 256 + number)", "256 + number", "counts[pair]")),
        Slot(
            "merged",
            "{tuple(tokenization.merge_pair(w, pair, 256 + number)): n for w, n in words.items()}",
            (
                "words",
                "{tuple(tokenization.merge_pair(w, pair, number)): n for w, n in words.items()}",
                "{tuple(tokenization.merge_pair(w, pair, 255 + number)): n for w, n in words.items()}",
                "{tuple(tokenization.merge_pair(w, pair, 257 + number)): n for w, n in words.items()}",
                "{tuple(tokenization.merge_pair(w, pair, 256)): n for w, n in words.items()}",
                "{tuple(tokenization.merge_pair(w, pair[::-1], 256 + number)): n for w, n in words.items()}",
                "{tuple(tokenization.merge_pair(w, pair, 256 + number)): 1 for w, n in words.items()}",
                "{w: n for w, n in words.items() if pair not in zip(w, w[1:], strict=False)}",
            ),
        ),
    ),
    NAMES,
)
