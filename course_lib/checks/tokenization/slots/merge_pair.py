"""Where slips happen in the code of `merge_pair`."""

from course_lib import tokenization
from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"tokenization": tokenization}

VARIANTS = Variants(
    """
def merge_pair(ids, pair, new_id):
    merged, i = [], 0
    while i < len(ids) <end>:
        if <match>:
            merged += <new>
            i += <skip>
        else:
            merged += <kept>
            i += 1
    return merged
""",
    (
        Slot("end", "", ("- 1",)),
        Slot(
            "match",
            "tuple(ids[i : i + 2]) == tuple(pair)",
            (
                "ids[i] == pair[0] and i + 1 < len(ids)",
                "ids[i] == pair[0]",
                "ids[i] == pair[1]",
                "tuple(ids[i : i + 2]) == tuple(pair)[::-1]",
                "sorted(ids[i : i + 2]) == sorted(pair)",
                "sum(ids[i : i + 2]) == sum(pair) and i + 1 < len(ids)",
                "ids[i] in pair",
                "tuple(ids[i : i + 2]) == tuple(pair) and i + 2 < len(ids)",
                "tuple(ids[i : i + 2]) == tuple(pair) and new_id not in merged",
                "tuple(ids[i : i + 2]) == tuple(pair) and i > 0",
                "tuple(ids[i : i + 2]) == tuple(pair) and pair[0] != pair[1]",
                "tuple(ids[i : i + 2]) != tuple(pair)",
            ),
        ),
        Slot(
            "new",
            "[new_id]",
            ("[ids[i], new_id]", "[new_id, ids[i + 1]]", "[new_id, new_id]", "[]", "[(pair)]"),
        ),
        Slot("skip", "2", ("1", "3")),
        Slot("kept", "[ids[i]]", ("[]", "ids[i : i + 2]", "[new_id]")),
    ),
    NAMES,
)
