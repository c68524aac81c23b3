"""Lesson 01, exercise 6: predict token counts."""

from course_lib import tokenization
from course_lib.checks.engine.exercise import Exercise, Misconception, single_case


def predict_token_counts() -> list[int]:
    """Tokens of 'hello', 'he', 'é' and ' 🙂' with the merges l+l, e+ll, h+e, ell+o, learnt in this order."""
    pieces = [b"ll", b"ell", b"he", b"ello"]
    pairs = [(b"l", b"l"), (b"e", b"ll"), (b"h", b"e"), (b"ell", b"o")]
    ids = {bytes([byte]): byte for byte in range(256)} | {piece: 256 + rank for rank, piece in enumerate(pieces)}
    merges = {(ids[left], ids[right]): ids[left + right] for left, right in pairs}
    return [len(tokenization.encode_with_ranks(list(text.encode()), merges)) for text in ("hello", "he", "é", " 🙂")]


EXERCISE = Exercise(
    name="predict_token_counts",
    reference=predict_token_counts,
    cases=single_case,
    misconceptions=(
        Misconception(
            "characters counted for bytes",
            lambda: [2, 1, 1, 2],
            "The alphabet is the 256 bytes. 'é' has two bytes in UTF-8, '🙂' has four, and no merge joins them.",
        ),
        Misconception(
            "merged from left to right",
            lambda: [3, 1, 2, 5],
            "In 'hello', h+e comes first in the word but was learnt third. l+l was learnt first: h e ll o, then "
            "h ell o. Now there is no e left for h.",
        ),
        Misconception(
            "the space forgotten",
            lambda: [2, 1, 2, 4],
            "The space before '🙂' is a byte like any other, and no merge joins it to the four of the emoji.",
        ),
        Misconception(
            "nothing merged",
            lambda: [5, 2, 2, 5],
            "These are the bytes of each text. Now do the merges, in the order in which they were learnt.",
        ),
    ),
    hints=(
        "Write each text as bytes, one letter a byte, then go through the merges in their order.",
        "'hello': h e l l o, then l+l gives h e ll o. Which merge is next, and what does it leave to the others?",
        "'é' is 2 bytes, a space 1 and '🙂' 4; none of them is in a merge.",
    ),
    review="lesson 01, 'Why bytes' and 'Encoding: the merges again, in their order'",
)
