"""Lesson 01: a text of one's own, from bytes to tokens, one merge after the other."""

import html
import json
from collections.abc import Iterable, Sequence

from course_lib import pretrained
from course_lib.config import SHIPPED
from course_lib.tokenization import BPETokenizer
from course_lib.tokenization.pairs import Pair
from course_lib.tokenization.vocabulary import BYTE_ORDER
from course_tools.site.plays.picture import Play, written

MERGES = 1_000  # the first ones of the course's own tokenizer: a small one, in a few kB
TEXT = "Once upon a time, there was a playful boy named Tom. Tom forgot the café."


def first_merges(count: int) -> list[Pair]:
    """The first `count` merges that the tokenizer of the course's own model learnt, as pairs of its ids."""
    model = json.loads(pretrained.load_tokenizer(SHIPPED[0]).to_str())["model"]
    return [(model["vocab"][left], model["vocab"][right]) for left, right in model["merges"][:count]]


def by_bytes(ids: Iterable[int], special: int = 1) -> list[int]:
    """Ids of a tokenizer as the module counts them: bytes are their own ids, and merges follow from 256.

    special: how many special tokens come first.
    """
    plain = (token - special for token in ids)
    return [BYTE_ORDER[token] if token < len(BYTE_ORDER) else token for token in plain]


def merging(text: str, merges: Sequence[Pair]) -> str:
    """The markdown of the text in pieces: its bytes, and what all merges make of them."""
    tokenizer = BPETokenizer(merges)
    ids = tokenizer.encode(text)
    before = [bytes([byte]) for byte in text.encode()]
    after = [tokenizer.tokens[token] for token in ids]
    rows = "\n".join(
        f'<p>{len(pieces)} {name}:</p>\n<p class="pieces">{"".join(map(_piece, pieces))}</p>'
        for name, pieces in (("bytes", before), ("tokens", after))
    )
    words = (
        f"A text and the first {len(merges):,} merges of the course's own tokenizer, in the order in which they were "
        "learnt. Write something of your own, and go from merge to merge: of those that fit the text, the one learnt "
        "first comes next. (A space is shown as ·, a part of a letter by the two digits of its byte.)"
    )
    data = {"text": text, "merges": json.dumps([by_bytes(pair) for pair in merges], separators=(",", ":"))}
    return written("merging", words, rows, data)


def _piece(piece: bytes) -> str:
    """A piece as the module shows it."""
    try:
        text = piece.decode().replace(" ", "·").replace("\n", "↵")
    except UnicodeDecodeError:
        text = piece.hex(" ").upper()
    return f"<code>{html.escape(text)}</code>"


MERGING = Play("merging", "notebooks/01_tokenization.ipynb", "## 9 ·", lambda _: merging(TEXT, first_merges(MERGES)))
