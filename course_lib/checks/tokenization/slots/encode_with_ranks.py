"""Where slips happen in the code of `encode_with_ranks`."""

from course_lib import tokenization
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"tokenization": tokenization}

VARIANTS = Variants(
    """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    for _ in range(<rounds>):
        known = [p for p in zip(ids, ids[1:], strict=False) if p in merges]
        if <over>:
            break
        pair = <best>
        ids = <merged>
    return ids
""",
    (
        Slot("rounds", "len(ids)", ("1", "2", "len(ids) - 1 and 1", "len(ids) // 2")),
        Slot("over", "not known", ("len(known) <= 1", "len(set(known)) <= 1")),
        Slot(
            "best",
            "min(known, key=merges.get)",
            (
                "max(known, key=merges.get)",
                "known[0]",
                "known[-1]",
                "min(known)",
                "max(known)",
                "min(known, key=sum)",
                "max(known, key=known.count)",
                "next(p for p in merges if p in known)",
                "min(known, key=list(merges).index)",
                "max(known, key=list(merges).index)",
            ),
        ),
        Slot(
            "merged",
            "tokenization.merge_pair(ids, pair, merges[pair])",
            (
                "tokenization.merge_pair(ids, pair, 256 + list(merges).index(pair))",
                "tokenization.merge_pair(ids, pair, list(merges).index(pair))",
                "tokenization.merge_pair(ids[::-1], pair[::-1], merges[pair])[::-1]",
                "tokenization.merge_pair(ids, pair, min(merges.values()))",
                "tokenization.merge_pair(ids, pair, max(merges.values()))",
            ),
        ),
    ),
    NAMES,
)
