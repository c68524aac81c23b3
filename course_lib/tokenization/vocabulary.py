"""The 256 bytes that every vocabulary here starts with, how they are ordered and written, and ids back to text."""

from collections.abc import Iterable, Sequence

END_OF_TEXT = "<|endoftext|>"  # GPT-2's special token, put before each story

# GPT-2 writes each byte as one visible character: the ASCII and Latin-1 characters that can be seen stand for
# themselves, the 68 other bytes (space, control characters, ...) for U+0100, U+0101, ... in order. Sorted by those
# characters, as the libraries sort them, the visible bytes come first.
_VISIBLE = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
_HIDDEN = [byte for byte in range(256) if byte not in _VISIBLE]
BYTE_ORDER = (*_VISIBLE, *_HIDDEN)  # the byte that has the first id, the second, ... after the special tokens


def byte_characters() -> dict[int, str]:
    """The visible character that stands for each byte in GPT-2's vocabulary files: a space is written 'Ġ'."""
    characters = {byte: chr(byte) for byte in _VISIBLE}
    characters |= {byte: chr(256 + number) for number, byte in enumerate(_HIDDEN)}
    return characters


def decode_bytes(ids: Iterable[int], tokens: Sequence[bytes], *, errors: str = "replace") -> str:
    """The text whose tokens have these ids: all bytes joined first, then read as UTF-8.

    tokens: the bytes of each id.   errors: what becomes of bytes that are not UTF-8, as in `bytes.decode`:
    "replace" puts U+FFFD, "strict" raises UnicodeDecodeError.
    """
    return b"".join([tokens[token] for token in ids]).decode("utf-8", errors=errors)
