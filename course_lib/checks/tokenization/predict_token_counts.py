"""Lesson 01, exercise 6: predict token counts."""

from course_lib import tokenization
from course_lib.checks.engine.exercise import Exercise, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of


def predict_token_counts() -> list[int]:
    """Tokens of 'hello', 'he', 'é' and ' 🙂' with the merges l+l, e+ll, h+e, ell+o, learnt in this order."""
    pieces = [b"ll", b"ell", b"he", b"ello"]
    pairs = [(b"l", b"l"), (b"e", b"ll"), (b"h", b"e"), (b"ell", b"o")]
    ids = {bytes([byte]): byte for byte in range(256)} | {piece: 256 + rank for rank, piece in enumerate(pieces)}
    merges = {(ids[left], ids[right]): ids[left + right] for left, right in pairs}
    return [len(tokenization.encode_with_ranks(list(text.encode()), merges)) for text in ("hello", "he", "é", " 🙂")]


MERGED = Ingredient(  # 'hello' and 'he'
    (2, 1),
    (
        Slip(
            (3, 1),
            "merged from left to right",
            "In 'hello', h+e comes first in the word but was learnt third. l+l was learnt first: h e ll o, then "
            "h ell o, and at last h ello. There is no e left for h.",
        ),
        Slip(
            (1, 1),
            "hello taken for one token",
            "No merge makes 'hello': e goes to ll, so he never stands beside llo. What is left is h ello.",
        ),
        Slip((4, 1), "only the first merge done in hello", "After l+l come the others: h ell o, then h ello."),
        Slip((2, 2), "he not merged", "In 'he' nothing is learnt earlier than h+e, so it becomes one token."),
        Slip((3, 2), "he not merged, and hello not to the end", "Go on with all four merges: h ello, and he."),
        Slip(
            (5, 2),
            "nothing merged",
            "These are the bytes of each text. Now do the merges, in the order in which they were learnt.",
        ),
    ),
)

BYTES = Ingredient(  # 'é' and ' 🙂'
    (2, 5),
    (
        Slip(
            (1, 2),
            "characters counted for bytes",
            "The alphabet is the 256 bytes. 'é' has two bytes in UTF-8, '🙂' has four, and no merge joins them.",
        ),
        Slip(
            (2, 4),
            "the space forgotten",
            "The space before '🙂' is a byte like any other, and no merge joins it to the four of the emoji.",
        ),
        Slip((1, 5), "é counted as one byte", "'é' is not an ASCII letter: in UTF-8 it has two bytes."),
        Slip((1, 4), "é counted as one byte, and the space forgotten", "'é' has two bytes; the space is one as well."),
        Slip((2, 2), "the emoji counted as one byte", "'🙂' has four bytes in UTF-8, the space before it one."),
        Slip((2, 3), "the emoji counted as two bytes", "'🙂' has four bytes in UTF-8, the space before it one."),
        Slip((1, 1), "each text without a merge taken for one token", "No merge has these bytes: each is a token."),
    ),
)


EXERCISE = Exercise(
    name="predict_token_counts",
    reference=predict_token_counts,
    cases=single_case,
    misconceptions=misconceptions_of((MERGED, BYTES), lambda merged, bytes_alone: [*merged, *bytes_alone]),
    hints=(
        "Write each text as bytes, one letter a byte, then go through the merges in their order.",
        "'hello': h e l l o, then l+l gives h e ll o. Which merge is next, and what does it leave to the others?",
        "'é' is 2 bytes, a space 1 and '🙂' 4; none of them is in a merge.",
    ),
    review="lesson 01, 'Why bytes' and 'Encoding: the merges again, in their order'",
)
